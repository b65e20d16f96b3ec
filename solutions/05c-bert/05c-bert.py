# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # BERT: learn from text, then from labels
#
# When you have worked through this notebook, you can
#
# - turn labeled texts into batches that are no longer than they need to be;
# - let a model learn from text without labels, by hiding some of its tokens;
# - fine-tune it for a task, and judge what it has learned;
# - compute a real BERT's self-attention in NumPy, and look at what its heads attend to.

# %% [markdown] name="overview" kind="overview"

# %% name="setup" kind="setup"
try:
    import numpy as np
    import torch
    from torch import nn
    from torch.utils.data import Dataset

    from selfattn_check import check, hint
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] exercise="TextClassificationDataset" kind="statement"


# %% exercise="TextClassificationDataset" kind="answer"
class TextClassificationDataset(Dataset):
    """Texts as tokens, no longer than max_len, and their labels."""

    def __init__(self, texts, labels, tokenizer, max_len):
        ### BEGIN SOLUTION
        self.input_ids = []
        for text in texts:
            tokens = tokenizer(text, truncation=True, max_length=max_len)["input_ids"]
            self.input_ids.append(torch.tensor(tokens, dtype=torch.int64))
        self.labels = list(labels)
        ### END SOLUTION

    def __len__(self):
        """Number of texts."""
        ### BEGIN SOLUTION
        return len(self.labels)
        ### END SOLUTION

    def __getitem__(self, index):
        """Return {"input_ids": (seq_len,) int64 tensor, "label": int}."""
        ### BEGIN SOLUTION
        return {"input_ids": self.input_ids[index], "label": self.labels[index]}
        ### END SOLUTION


# %% exercise="TextClassificationDataset" kind="hint"

# %% exercise="TextClassificationDataset" kind="check" part="values"

# %% [markdown] exercise="pad_batch" kind="statement"


# %% exercise="pad_batch" kind="answer"
def pad_batch(items, pad_id=0):
    """Return input_ids, attention_mask (batch, longest) and, if the items have labels, labels (batch,)."""
    ### BEGIN SOLUTION
    longest = max(len(item["input_ids"]) for item in items)
    input_ids = torch.full((len(items), longest), pad_id)
    attention_mask = torch.zeros(len(items), longest, dtype=torch.int64)
    for row, item in enumerate(items):
        length = len(item["input_ids"])
        input_ids[row, :length] = item["input_ids"]
        attention_mask[row, :length] = 1
    batch = {"input_ids": input_ids, "attention_mask": attention_mask}
    if "label" in items[0]:
        batch["labels"] = torch.tensor([item["label"] for item in items])
    return batch
    ### END SOLUTION


# %% exercise="pad_batch" kind="hint"

# %% exercise="pad_batch" kind="check" part="values"

# %% exercise="pad_batch" kind="check" part="labels"

# %% [markdown] exercise="mask_tokens" kind="statement"


# %% exercise="mask_tokens" kind="answer"
def mask_tokens(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    """Return corrupted and targets, both int64 in the shape of tokens; targets are −100 where nothing is asked."""
    ### BEGIN SOLUTION
    chosen = (rng.random(tokens.shape) < rate) & ~np.isin(tokens, special_ids)
    kind = rng.random(tokens.shape)
    random = rng.integers(vocab_size, size=tokens.shape)
    spoiled = np.where(kind < 0.8, mask_id, np.where(kind < 0.9, random, tokens))
    corrupted = np.where(chosen, spoiled, tokens)
    targets = np.where(chosen, tokens, -100)
    return corrupted.astype(np.int64), targets.astype(np.int64)
    ### END SOLUTION


# %% exercise="mask_tokens" kind="hint"

# %% exercise="mask_tokens" kind="check" part="values"

# %% [markdown] exercise="train_epoch" kind="statement"


# %% exercise="train_epoch" kind="answer"
def train_epoch(model, batches, optimizer, scheduler=None, max_norm=1.0):
    """Train the model on every batch once, and return the mean loss over all sequences, a float."""
    ### BEGIN SOLUTION
    total, rows = 0.0, 0
    model.train()
    for batch in batches:
        optimizer.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        total += loss.item() * len(batch["labels"])
        rows += len(batch["labels"])
    return total / rows
    ### END SOLUTION


# %% exercise="train_epoch" kind="hint"

# %% exercise="train_epoch" kind="check" part="values"

# %% [markdown] exercise="evaluate" kind="statement"


# %% exercise="evaluate" kind="answer"
def evaluate(model, batches):
    """Return accuracy, macro_f1, and per_class with precision, recall, f1 and support of each class."""
    ### BEGIN SOLUTION
    labels, predictions = [], []
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for batch in batches:
            inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}
            predictions += model(**inputs).logits.argmax(dim=-1).tolist()
            labels += batch["labels"].tolist()
    model.train(was_training)

    pairs = list(zip(labels, predictions, strict=True))
    per_class = {}
    for c in sorted({*labels, *predictions}):
        right = pairs.count((c, c))
        true, predicted = labels.count(c), predictions.count(c)
        per_class[c] = {
            "precision": right / predicted if predicted else 0.0,
            "recall": right / true if true else 0.0,
            "f1": 2 * right / (true + predicted),
            "support": true,
        }
    return {
        "accuracy": sum(label == prediction for label, prediction in pairs) / len(pairs),
        "macro_f1": sum(scores["f1"] for scores in per_class.values()) / len(per_class),
        "per_class": per_class,
    }
    ### END SOLUTION


# %% exercise="evaluate" kind="hint"

# %% exercise="evaluate" kind="check" part="values"

# %% [markdown] exercise="bert_self_attention" kind="statement"


# %% exercise="bert_self_attention" kind="answer"
def bert_self_attention(hidden, state_dict, num_heads, attention_mask):
    """Return output (batch, seq_len, d_model) and weights (batch, num_heads, seq_len, seq_len)."""
    ### BEGIN SOLUTION
    batch, seq_len, d_model = hidden.shape

    def project(role):  # (batch, num_heads, seq_len, head_dim)
        projected = hidden @ state_dict[f"{role}.weight"].T + state_dict[f"{role}.bias"]
        return projected.reshape(batch, seq_len, num_heads, -1).transpose(0, 2, 1, 3)

    q, k, v = project("query"), project("key"), project("value")
    scores = q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5  # (batch, num_heads, seq_len, seq_len)
    visible = attention_mask[:, None, None, :] == 1  # keys, for every head and query
    scores = np.where(visible, scores, -np.inf)
    largest = scores.max(axis=-1, keepdims=True)
    exponents = np.exp(scores - np.where(np.isfinite(largest), largest, 0))
    totals = exponents.sum(axis=-1, keepdims=True)
    weights = (exponents / np.where(totals == 0, 1, totals)).astype(hidden.dtype)
    output = (weights @ v).transpose(0, 2, 1, 3).reshape(batch, seq_len, d_model)
    return output, weights
    ### END SOLUTION


# %% exercise="bert_self_attention" kind="hint"

# %% exercise="bert_self_attention" kind="check" part="values"

# %% exercise="bert_self_attention" kind="check" part="masks"

# %% [markdown] exercise="attention_maps" kind="statement"


# %% exercise="attention_maps" kind="answer"
def attention_maps(model, batch):
    """Return the weights of all layers: a NumPy array (batch, layers, num_heads, seq_len, seq_len)."""
    ### BEGIN SOLUTION
    inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}
    was_training = model.training
    model.eval()
    with torch.no_grad():
        layers = model(**inputs, output_attentions=True).attentions
    model.train(was_training)
    return torch.stack(layers, dim=1).numpy()
    ### END SOLUTION


# %% exercise="attention_maps" kind="hint"

# %% exercise="attention_maps" kind="check" part="values"

# %% [markdown] name="summary"
# ## What you have built
#
# A whole path from labeled texts to a judged model, and a look inside it.
