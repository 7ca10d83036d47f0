"""TensorFlow: a softmax regression, a GAN and a variational autoencoder as they were once taught.

logitlint reports LGT405, LGT402, LGT403 and LGT412 here. The first three take the logarithm of a number that float32
has rounded to 0; the last has a `nan` gradient once the variance has vanished.
"""

import tensorflow as tf

w = tf.Variable(tf.random.normal([784, 10]))
b = tf.Variable(tf.zeros([10]))


def regression_loss(x, y_):
    y = tf.nn.softmax(tf.matmul(x, w) + b)
    return tf.reduce_mean(-tf.reduce_sum(y_ * tf.math.log(y), axis=1))


def discriminator_loss(real_score, fake_score):
    real = tf.math.log(tf.sigmoid(real_score))
    fake = tf.math.log(1 - tf.sigmoid(fake_score))
    return -tf.reduce_mean(real) - tf.reduce_mean(fake)


def sample(mean, log_var):
    std = tf.sqrt(tf.exp(log_var))
    return mean + std * tf.random.normal(tf.shape(mean))


def stable_regression_loss(x, y_):
    logits = tf.matmul(x, w) + b
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=logits))


def stable_discriminator_loss(real_score, fake_score):
    return tf.reduce_mean(tf.nn.softplus(-real_score)) + tf.reduce_mean(tf.nn.softplus(fake_score))


def stable_sample(mean, log_var):
    return mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))


if __name__ == "__main__":
    x, y = 10 * tf.random.normal([32, 784]), tf.one_hot(tf.zeros(32, tf.int32), 10)
    print("regression   ", regression_loss(x, y).numpy(), stable_regression_loss(x, y).numpy())
    z = tf.constant([20.0, -3.0])
    print("discriminator", discriminator_loss(z, z).numpy(), stable_discriminator_loss(z, z).numpy())
