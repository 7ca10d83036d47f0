"""PyTorch: what the model returns and what the loss takes.

logitlint reports LGT201, LGT203, LGT102, LGT206 and LGT302 here, at the lines that compute a loss. Each model and each
loss is fine alone; it is the pair that is wrong. The last pair is right and is not reported.
"""

import torch
import torch.nn.functional as F
from torch import nn


def body(outputs: int) -> list[nn.Module]:
    return [nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, outputs)]


class SoftmaxNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(20, 5)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)


x = torch.randn(64, 20)
classes = torch.randint(0, 5, (64,))
bits = torch.randint(0, 2, (64, 1)).float()

net = SoftmaxNet()
twice = nn.CrossEntropyLoss()(net(x), classes)  # softmax of softmax: with 5 classes never below 0.90
negative = F.nll_loss(net(x), classes)  # the logarithm is missing: the loss is negative

detector = nn.Sequential(*body(1), nn.Sigmoid())
clamped = nn.BCELoss()(detector(x), bits)  # right on paper: no gradient from logit 17 on

linear = nn.Sequential(*body(5))
unbounded = nn.NLLLoss()(linear(x), classes)  # log_softmax is missing: the loss has no lower bound

rectified = nn.Sequential(*body(5), nn.ReLU())
blind = nn.CrossEntropyLoss()(rectified(x), classes)  # negative logits are cut off, and their gradients

right = nn.CrossEntropyLoss()(linear(x), classes)
for name, loss in [("twice", twice), ("negative", negative), ("clamped", clamped), ("right", right)]:
    print(f"{name:10} {loss.item():8.4f}")
