"""LGT900: a comment that silences nothing."""

from ..finding import Severity
from .base import Rule

RULE = Rule(
    code="LGT900",
    name="unused-ignore",
    severity=Severity.NOTE,
    summary="a comment that silences findings silences none",
    message="{comment} silences nothing{remark}",
    why="""\
A comment that silences a finding is a decision about a line of code. When the line changes and the finding is gone, a
comment that stays will silence the next finding there, which nobody has decided about.

It is reported where a rule that it names is on and is not found at its line, or in its file: `# logitlint: ignore[…]`,
`# logitlint: ignore-file[…]`, and the `LGT` codes of `# noqa: …`. A bare `# noqa` and the codes of other tools are
left alone, for other tools may need them. So are the comments of a file that another file imports which was not looked
at: what that one does may be what makes the finding. Check the whole project to see them. Where a part of the code was
too large to follow to the end, no comment is called unused.
""",
    fix="""\
Remove the comment, or the codes in it that are not needed; `--fix` does. A code that no rule has was a slip of the
pen: `# logitlint: ignore[LGT210]` does not silence LGT201.
""",
    bad=(
        """\
from torch import nn

criterion = nn.CrossEntropyLoss()


def step(model, x, y):
    return criterion(model(x), y)  # logitlint: ignore[LGT201] the head is a softmax
""",
        """\
import torch


def nll(x, y):
    p = torch.softmax(x, dim=1)
    return -torch.log(p)[y]  # noqa: E501, LGT401, LGT404
""",
        """\
# logitlint: ignore-file[LGT4] formulas from the paper
import torch


def loss(logits, y):
    return torch.nn.functional.cross_entropy(logits, y)
""",
        """\
import torch.nn.functional as F


def loss(logits, y):
    return F.cross_entropy(logits, y)  # logitlint: ignore LGT201
""",
    ),
    good=(
        """\
from torch import nn

criterion = nn.CrossEntropyLoss()


def step(model, x, y):
    return criterion(model(x).softmax(dim=1), y)  # logitlint: ignore[LGT201] as in the paper
""",
        """\
import torch


def nll(x, y):
    p = torch.softmax(x, dim=1)
    return -torch.log(p)[y]  # noqa
""",
        """\
import torch


def scores(x):
    return torch.softmax(x, dim=1)  # noqa: E501
""",
        """\
# logitlint: ignore-file[LGT401, LGT402] formulas from the paper
import torch


def nll(x):
    return -torch.log(torch.softmax(x, dim=1)), -torch.log(torch.sigmoid(x))
""",
        '''\
text = """
x = 1  # logitlint: ignore[LGT201]
"""
''',
        """\
import torch


def log_of(x):
    return torch.log(1 + x)  # logitlint: ignore[LGT411] off unless it is asked for
""",
    ),
)
