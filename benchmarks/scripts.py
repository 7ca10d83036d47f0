"""Training scripts as people write them: written from parts, with other names and sizes each time."""

from __future__ import annotations

import itertools
from pathlib import Path
from string import Template

HEADER = '''\
"""Experiment ${id}: trains and compares models."""

import argparse
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

log = logging.getLogger(__name__)


def seed_everything(seed):
    np.random.seed(seed)
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)
'''

CONVOLUTIONAL = '''

class Images${id}(Dataset):
    """Images and their classes, from two arrays."""

    def __init__(self, folder, split="train", augment=True):
        self.images = np.load(Path(folder) / f"{split}_images.npy", mmap_mode="r")
        self.labels = np.load(Path(folder) / f"{split}_labels.npy")
        self.augment = augment and split == "train"

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = torch.from_numpy(self.images[index].astype(np.float32) / 255.0)
        if self.augment and torch.rand(()) < 0.5:
            image = image.flip(-1)
        return image, int(self.labels[index])


class ConvNet${id}(nn.Module):
    def __init__(self, channels=$size, classes=10, dropout=0.1):
        super().__init__()
        self.stem = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.blocks = nn.ModuleList([nn.Conv2d(channels, channels, 3, padding=1) for _ in range(4)])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(channels, classes)

    def forward(self, x):
        x = F.relu(self.norm(self.stem(x)))
        for block in self.blocks:
            x = x + F.relu(block(x))
        x = x.mean(dim=(2, 3))
        return self.head(self.dropout(x))


def train_convnet_${id}(model, loader, optimizer, device, clip=1.0):
    model.train()
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    total, seen = 0.0, 0
    for step, (images, labels) in enumerate(loader):
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad(set_to_none=True)
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        total += loss.item() * len(labels)
        seen += len(labels)
        if step % $size == 0:
            log.info("step %s: loss %.4f", step, total / seen)
    return total / seen


@torch.no_grad()
def evaluate_convnet_${id}(model, loader, device):
    model.eval()
    right, seen, confident = 0, 0, []
    for images, labels in loader:
        logits = model(images.to(device))
        probabilities = torch.softmax(logits, dim=-1)
        confidence, predicted = probabilities.max(dim=-1)
        right += (predicted.cpu() == labels).sum().item()
        seen += len(labels)
        confident.extend(confidence.tolist())
    return {"accuracy": right / seen, "confidence": float(np.mean(confident))}


def experiment_${id}(arguments, device):
    model = ConvNet${id}(dropout=0.2).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.lr)
    loaders = {
        split: DataLoader(Images${id}(arguments.data, split), arguments.batch_size, shuffle=split == "train")
        for split in ("train", "test")
    }
    for epoch in range(arguments.epochs):
        loss = train_convnet_${id}(model, loaders["train"], optimizer, device)
        log.info("epoch %s: loss %.4f, %s", epoch, loss, evaluate_convnet_${id}(model, loaders["test"], device))
    return evaluate_convnet_${id}(model, loaders["test"], device)
'''

ATTENTION = """

@dataclass
class TextConfig${id}:
    vocabulary: int = 32_000
    width: int = $size
    heads: int = 8
    layers: int = 6
    length: int = 512


class Attention${id}(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.heads
        self.query_key_value = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x, mask=None):
        batch, length, width = x.shape
        q, k, v = self.query_key_value(x).chunk(3, dim=-1)
        q, k, v = (t.view(batch, length, self.heads, -1).transpose(1, 2) for t in (q, k, v))
        scores = q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5
        if mask is not None:
            scores = scores.masked_fill(mask == 0, float("-inf"))
        weights = F.softmax(scores, dim=-1)
        return self.out((weights @ v).transpose(1, 2).reshape(batch, length, width))


class LanguageModel${id}(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.tokens = nn.Embedding(config.vocabulary, config.width)
        self.positions = nn.Parameter(torch.zeros(1, config.length, config.width))
        self.attention = nn.ModuleList([Attention${id}(config) for _ in range(config.layers)])
        self.norms = nn.ModuleList([nn.LayerNorm(config.width) for _ in range(config.layers)])
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)

    def forward(self, tokens, targets=None):
        length = tokens.shape[1]
        mask = torch.tril(torch.ones(length, length, device=tokens.device))
        x = self.tokens(tokens) + self.positions[:, :length]
        for attention, norm in zip(self.attention, self.norms):
            x = x + attention(norm(x), mask)
        logits = self.head(x)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)

    @torch.no_grad()
    def generate(self, tokens, count, temperature=0.8, top=40):
        for _ in range(count):
            logits, _ = self(tokens)
            logits = logits[:, -1] / temperature
            kept, _ = logits.topk(top)
            logits[logits < kept[:, [-1]]] = -float("inf")
            chosen = torch.multinomial(F.softmax(logits, dim=-1), 1)
            tokens = torch.cat([tokens, chosen], dim=1)
        return tokens


def train_language_${id}(model, batches, steps, device, lr=3e-4):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    history = []
    for step, (tokens, targets) in zip(range(steps), batches):
        _, loss = model(tokens.to(device), targets.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        history.append(loss.item())
    return np.exp(np.mean(history[-$size:]))


def experiment_${id}(arguments, device):
    config = TextConfig${id}()
    model = LanguageModel${id}(config).to(device)
    tokens = torch.from_numpy(np.load(arguments.data / "tokens.npy").astype(np.int64))
    starts = torch.randint(len(tokens) - config.length - 1, (arguments.epochs, arguments.batch_size))
    batches = (
        tuple(torch.stack([tokens[i + d : i + d + config.length] for i in row]) for d in (0, 1)) for row in starts
    )
    perplexity = train_language_${id}(model, batches, arguments.epochs, device, lr=arguments.lr)
    text = model.generate(tokens[None, :16].to(device), 64)
    return {"perplexity": float(perplexity), "text": text.tolist()}
"""

AUTOENCODER = '''

class Autoencoder${id}(nn.Module):
    """A variational autoencoder of binary images."""

    def __init__(self, size=784, hidden=$size, latent=20):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(size, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, size))

    def encode(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=-1)
        return mean, log_variance

    def sample(self, mean, log_variance):
        return mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)

    def forward(self, x):
        mean, log_variance = self.encode(x.flatten(1))
        return self.decoder(self.sample(mean, log_variance)), mean, log_variance


def elbo_${id}(logits, images, mean, log_variance, beta=1.0):
    likelihood = F.binary_cross_entropy_with_logits(logits, images.flatten(1), reduction="sum")
    divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
    return (likelihood + beta * divergence) / len(images)


def train_autoencoder_${id}(model, loader, epochs, device):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        losses = []
        for images, _ in loader:
            images = images.to(device)
            logits, mean, log_variance = model(images)
            loss = elbo_${id}(logits, images, mean, log_variance, beta=min(1.0, epoch / $size))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        log.info("epoch %s: %.3f", epoch, np.mean(losses))
    with torch.no_grad():
        drawn = torch.sigmoid(model.decoder(torch.randn(64, 20, device=device)))
    return drawn.view(-1, 28, 28).cpu().numpy()


def experiment_${id}(arguments, device):
    model = Autoencoder${id}().to(device)
    images = torch.from_numpy(np.load(arguments.data / "digits.npy")).float()
    loader = DataLoader([(image, 0) for image in images], arguments.batch_size, shuffle=True)
    drawn = train_autoencoder_${id}(model, loader, arguments.epochs, device)
    return {"mean": float(drawn.mean())}
'''

RECURRENT = '''

class Tagger${id}(nn.Module):
    """Labels each word, and the whole sentence, which may have several topics."""

    def __init__(self, words, tags, topics, width=$size):
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.lstm = nn.LSTM(width, width, num_layers=2, batch_first=True, bidirectional=True)
        self.tags = nn.Linear(2 * width, tags)
        self.topics = nn.Linear(2 * width, topics)

    def forward(self, sentences):
        states, _ = self.lstm(self.embedding(sentences))
        tag_scores = F.log_softmax(self.tags(states), dim=-1)
        topic_logits = self.topics(states.mean(dim=1))
        return tag_scores, topic_logits


def pad_${id}(batch):
    longest = max(len(words) for words, _, _ in batch)
    sentences = torch.zeros(len(batch), longest, dtype=torch.long)
    tags = torch.full((len(batch), longest), -1)
    for row, (words, labels, _) in enumerate(batch):
        sentences[row, : len(words)] = torch.as_tensor(words)
        tags[row, : len(labels)] = torch.as_tensor(labels)
    topics = torch.stack([torch.as_tensor(topic, dtype=torch.float32) for _, _, topic in batch])
    return sentences, tags, topics


def fit_tagger_${id}(model, data, device, epochs=$size):
    loader = DataLoader(data, batch_size=32, shuffle=True, collate_fn=pad_${id})
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    tagging = nn.NLLLoss(ignore_index=-1)
    topical = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        for sentences, tags, topics in loader:
            tag_scores, topic_logits = model(sentences.to(device))
            loss = tagging(tag_scores.flatten(0, 1), tags.to(device).flatten())
            loss = loss + 0.3 * topical(topic_logits, topics.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


@torch.no_grad()
def topics_of_${id}(model, sentences, threshold=0.5):
    _, topic_logits = model(sentences)
    return (torch.sigmoid(topic_logits) > threshold).int().tolist()


def save_tagger_${id}(model, results, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), folder / "tagger_${id}.pt")
    (folder / "tagger_${id}.json").write_text(json.dumps(results, indent=2))


def experiment_${id}(arguments, device):
    data = torch.load(arguments.data / "sentences.pt")
    model = fit_tagger_${id}(Tagger${id}(words=20_000, tags=17, topics=9).to(device), data, device)
    sentences, _, _ = pad_${id}(data[:8])
    results = {"topics": topics_of_${id}(model, sentences.to(device))}
    save_tagger_${id}(model, results, "runs")
    return results
'''

FOOTER = """

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=$size)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    seed_everything(arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    log.info("on %s: %s", device, vars(arguments))
    for experiment in ($experiments,):
        log.info("%s: %s", experiment.__name__, experiment(arguments, device))


if __name__ == "__main__":
    main()
"""

PARTS = (CONVOLUTIONAL, ATTENTION, AUTOENCODER, RECURRENT)


def script(number: int, lines: int) -> str:
    """A script of at least so many lines; another one for each number."""
    texts, experiments = [Template(HEADER).substitute(id=number)], []
    missing = lines - HEADER.count("\n") - FOOTER.count("\n")
    for place in itertools.count():
        if missing <= 0:
            break
        part, identifier = PARTS[(number + place) % len(PARTS)], f"{number}_{place}"
        texts.append(Template(part).substitute(id=identifier, size=16 + 8 * ((number + place) % 61)))
        experiments.append(f"experiment_{identifier}")
        missing -= part.count("\n")
    footer = Template(FOOTER).substitute(size=number % 90 + 10, experiments=", ".join(experiments))
    return "".join((*texts, footer))


def write_scripts(folder: Path, lines: int) -> int:
    """Fill a folder with scripts of about 150 lines; how many lines there are in the end."""
    total = 0
    for number in itertools.count():
        if total >= lines:
            return total
        text = script(number, 100)
        (folder / f"train_{number}.py").write_text(text, "utf-8")
        total += text.count("\n")
    raise AssertionError
