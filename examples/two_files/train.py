"""A model in one file, its loss in another.

logitlint reports LGT201 at the loss below and names the line of `model.py` where the softmax is applied: it follows
the value through the import, the class, `forward` and the parameters of `train_epoch`.
"""

import torch
from model import Net
from torch import nn


def train_epoch(model, criterion, optimizer, batches):
    for x, y in batches:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


def main():
    model = Net(inputs=20, classes=10)
    batches = [(torch.randn(16, 20), torch.randint(0, 10, (16,))) for _ in range(10)]
    optimizer = torch.optim.Adam(model.parameters())
    print("last loss:", train_epoch(model, nn.CrossEntropyLoss(), optimizer, batches))


if __name__ == "__main__":
    main()
