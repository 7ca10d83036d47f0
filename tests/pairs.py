"""A formula before and after its fix, as a function of one framework, and the data that it is run on."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np

from logitlint.finding import Applicability

HEADERS = {
    "torch": "import torch\nimport torch.nn.functional as F\nfrom torch import nn\nfrom torch.distributions import *\n",
    "tensorflow": "import tensorflow as tf\n",
    "tensorflow 1": "import tensorflow.compat.v1 as tf\n",
    "jax": "import jax\nimport jax.numpy as jnp\n",
    "flax": "import flax.linen as nn\nimport jax.numpy as jnp\n",
    "keras": "from keras import ops\n",
    "numpy": "import numpy as np\nimport scipy.special\n",
    "math": "import math\n\nimport numpy as np\nimport scipy.special\n",
}


@dataclass(frozen=True)
class Pair:
    """A function body before and after the fix; its parameters are the names of `INPUTS` that it reads."""

    code: str
    framework: str
    before: str
    after: str
    applicability: Applicability = Applicability.SAFE

    def __str__(self) -> str:
        return f"{self.code}-{self.framework}-{self.before.strip().splitlines()[-1].strip()[:50]}"

    def program(self, body: str) -> str:
        """The body as a function `f`, with the imports of its framework."""
        used = {node.id for node in ast.walk(ast.parse(self.before)) if isinstance(node, ast.Name)}
        parameters = ", ".join(name for name in INPUTS if name in used)
        *first, last = body.strip("\n").splitlines()
        lines = "\n".join(f"    {line}" if line else "" for line in [*first, last])
        return f"{HEADERS[self.framework]}\n\ndef f({parameters}):\n{lines}\n"


_random = np.random.default_rng(0)
INPUTS: dict[str, Any] = {
    "x": _random.normal(0, 2, (3, 4)).astype(np.float32),
    "z": _random.normal(0, 2, (3, 4)).astype(np.float32),
    "y": np.eye(4, dtype=np.float32)[[2, 0, 3]],
    "t": np.array([[0, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 0]], np.float32),
    "a": np.array([2, 0, 3]),
    "s": np.float32(0.7),
    "n": -_random.uniform(0.1, 3, (3, 4)).astype(np.float32),
}
