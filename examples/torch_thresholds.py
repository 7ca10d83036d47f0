"""PyTorch: a threshold on the output of a binary classifier.

logitlint reports LGT501 here, twice. The model is trained on logits, as it should be, but what reads them takes them
for probabilities: logit 0.5 is probability 0.62. Nothing warns, and the accuracy is too low.
"""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(1000, 8)
y = (x.sum(dim=1, keepdim=True) + 2 * torch.randn(1000, 1) > 0).float()

net = nn.Linear(8, 1)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
for _ in range(100):
    optimizer.zero_grad()
    criterion(net(x), y).backward()
    optimizer.step()

logits = net(x)
too_high = (logits > 0.5).float()
rounded = torch.round(logits)
right = (logits > 0).float()
print("logit > 0.5   ", (too_high == y).float().mean().item())
print("round(logit)  ", (rounded == y).float().mean().item())
print("logit > 0     ", (right == y).float().mean().item())
