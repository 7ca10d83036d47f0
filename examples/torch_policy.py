"""PyTorch: a policy gradient.

logitlint reports LGT103, LGT210 and LGT401 here. `Categorical` takes probabilities or logits. With probabilities an
action that is nearly given up sends no gradient and never comes back; probabilities given as logits make the policy
nearly uniform. The entropy bonus becomes `nan` when the policy is sure.
"""

import torch
from torch import nn
from torch.distributions import Categorical

policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2), nn.Softmax(dim=-1))
scorer = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2))


def act(state):
    dist = Categorical(policy(state))
    action = dist.sample()
    return action, dist.log_prob(action)


def act_almost_at_random(state):
    return Categorical(logits=policy(state)).sample()


def entropy(state):
    p = policy(state)
    return -(p * p.log()).sum(dim=-1)


def right(state):
    dist = Categorical(logits=scorer(state))
    action = dist.sample()
    return action, dist.log_prob(action), dist.entropy()


if __name__ == "__main__":
    print(act(torch.ones(4)), act_almost_at_random(torch.ones(4)), entropy(torch.ones(4)), right(torch.ones(4)))
