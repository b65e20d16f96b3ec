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
# A label costs a person's time; text is there in plenty. BERT learns from the text first, by guessing words that were
# hidden, and then needs few labels. You will do both, on film reviews that a small grammar writes: the whole of it runs
# in about a minute, and nothing is downloaded.
#
# When you have worked through this notebook, you can
#
# - turn labeled texts into batches that are no longer than they need to be;
# - let a model learn from text without labels, by hiding some of its tokens;
# - fine-tune it for a task, and judge what it has learned;
# - compute the self-attention of the library's BERT in NumPy, and look at what its heads attend to.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## How to work with it
#
# Replace each `raise NotImplementedError()` with your code, run the cell, then run the check below it. Stuck? The cell
# with `hint` gives one hint each time you run it. Models are trained by *your* functions; those cells wait until the
# functions are right.
#
# Run the set-up cell first, every time you open the notebook.

# %% name="setup" kind="setup"
try:
    import sys
    import tempfile
    from itertools import islice

    import numpy as np
    import torch
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from torch import nn
    from torch.utils.data import Dataset
    from tqdm import tqdm
    from transformers import get_linear_schedule_with_warmup

    from selfattn_check import check, hint, once_solved
    from selfattn_ref.checkpoints import chosen_checkpoint, load_classifier, save_checkpoint
    from selfattn_ref.corpora.reviews import LABELS, labeled_reviews, unlabeled_texts
    from selfattn_ref.figures import bars, curves, heat_maps
    from selfattn_ref.small_bert import similar_lengths, small_bert
    from selfattn_ref.wordpiece import train_wordpiece
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="what-is-to-be-learned"
# ## What is to be learned?
#
# What does the writer think of the film: negative, neutral or positive? Three things make it hard. A *negation* turns a
# word round. In a *contrast* one half only decides, the main clause. And what *others* think, or what another film was
# like, does not count.

# %% name="see-reviews"
MAX_LEN = 48
rng = np.random.default_rng(0)
texts = unlabeled_texts(20_000, rng)
labeled, held_out = labeled_reviews(4096, rng), labeled_reviews(1000, rng)
for review in labeled[:8]:
    print(f"{LABELS[review.label]:9} {review.text}")

# %% [markdown] name="count-words"
# How far does one get by counting words, without looking at their order? Logistic regression on word counts is the
# first thing to try on any such task, and what everything else has to beat:


# %% name="see-bag-of-words"
def bag_of_words(count):
    """Share of the held-out reviews that word counts get right, learned from this number of labels."""
    model = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=2000))
    model.fit([review.text for review in labeled[:count]], [review.label for review in labeled[:count]])
    return model.score([review.text for review in held_out], [review.label for review in held_out])


{count: round(bag_of_words(count), 3) for count in (64, 256, 4096)}

# %% [markdown] name="tokens"
# ## From texts to batches
#
# A model reads *tokens*, not text. The tokenizer is learned from the texts: it starts from letters and joins what often
# stands together, until frequent words are whole. Words that it has never seen are put together from pieces; `##`
# begins a piece that continues a word. 400 tokens are the limit; these few words need fewer.
#
# [CLS] and [SEP] mark beginning and end of a text, [PAD] fills up, [MASK] hides, and [UNK] stands for what cannot be
# put together. These are the *special* tokens.

# %% name="see-tokens"
tokenizer = train_wordpiece(texts, vocab_size=400, max_len=MAX_LEN)
print(
    len(tokenizer),
    "tokens, of at most 400;",
    tokenizer.convert_ids_to_tokens(tokenizer("It was not dull.")["input_ids"]),
)
print(tokenizer.tokenize("an unfunny moment"))

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

# %% [markdown] name="lengths"
# A *batch* is what the model reads at once: one tensor, a rectangle. But texts are not equally long.

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

# %% [markdown] name="how-much-padding"
# What is saved? The attention mask of one batch, padded by your function, and padded to 48 tokens each, as if for the
# longest text that could ever come (blue is a token, white is padding):


# %% name="see-padding"
def padding():
    data = TextClassificationDataset(
        [review.text for review in labeled[:12]], [review.label for review in labeled[:12]], tokenizer, MAX_LEN
    )
    mask = pad_batch([data[i] for i in range(len(data))])["attention_mask"].numpy()
    fixed = np.zeros((len(mask), MAX_LEN))
    fixed[:, : mask.shape[1]] = mask
    shown = {
        f"to the longest: {mask.mean():.0%} are tokens": mask,
        f"to {MAX_LEN}: {fixed.mean():.0%} are tokens": fixed,
    }
    return heat_maps(shown, numbers=False, across=1, row_title="review")


picture = once_solved("TextClassificationDataset", "pad_batch", show=padding)
picture

# %% [markdown] name="guess-words"
# ## Learning from text without labels
#
# Hide some tokens, let the model guess them, and compare: the text itself is the answer. To guess the last word of
# “The plot was not dull, but it was weak. In short: [MASK].” a model must have understood the rest.

# %% [markdown] exercise="mask_tokens" kind="statement"


# %% exercise="mask_tokens" kind="answer"
def mask_tokens(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    """Return corrupted and targets, both int64 in the shape of tokens; targets are -100 where nothing is asked."""
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

# %% [markdown] name="spoiled"
# A text, spoiled by your function three times. In parentheses behind a token is what the model has to guess there, also
# where the token stayed as it was:


# %% name="see-spoiled"
def spoiled():
    tokens = np.array(tokenizer(texts[0])["input_ids"])
    special = [tokenizer.pad_token_id, tokenizer.cls_token_id, tokenizer.sep_token_id]
    for seed in range(3):
        corrupted, targets = mask_tokens(
            tokens, special, tokenizer.mask_token_id, len(tokenizer), np.random.default_rng(seed), rate=0.3
        )
        shown = tokenizer.convert_ids_to_tokens(corrupted.tolist())
        asked = [f" ({tokenizer.convert_ids_to_tokens(int(t))})" if t >= 0 else "" for t in targets]
        print(" ".join(map("".join, zip(shown, asked, strict=True))))


waiting = once_solved("mask_tokens", show=spoiled)
waiting

# %% [markdown] name="one-loop"
# One loop serves both kinds of training: the model returns its loss, whatever it is a loss of.

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

# %% [markdown] name="pretraining"
# **Now pretrain.** The model is BERT as in the library `transformers`, with 2 layers of width 64 instead of 12 of width
# 768. The learning rate warms up in a straight line and then falls: the first steps of a Transformer with a full
# learning rate are steps in the dark. A fifth of the tokens is chosen instead of 15 %, since our texts are short. This
# cell takes about half a minute.
#
# What comes out is a *checkpoint*: a folder with a model's weights and its tokenizer. If the environment variable
# `PRETRAINED_MODEL` names one, a folder or the published `bert-base-cased`, that one is used below, by the same code,
# and this cell has nothing to do.

# %% name="see-pretraining"
STEPS = 2000


def masked_batches(rows, rng):
    """Batches without end, each time with other tokens hidden."""
    special = [tokenizer.pad_token_id, tokenizer.cls_token_id, tokenizer.sep_token_id]
    while True:
        for places in similar_lengths([len(row) for row in rows], 64, rng):
            batch = pad_batch([{"input_ids": torch.tensor(rows[place])} for place in places])
            tokens = batch["input_ids"].numpy()
            corrupted, targets = mask_tokens(tokens, special, tokenizer.mask_token_id, len(tokenizer), rng, rate=0.2)
            yield batch | {"input_ids": torch.from_numpy(corrupted), "labels": torch.from_numpy(targets)}


def pretrained():
    """Train on the texts, keep the checkpoint in a folder, and return its name."""
    rows = tokenizer(texts)["input_ids"]
    model = small_bert(rows, len(tokenizer), seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=7e-3, betas=(0.9, 0.98))
    scheduler = get_linear_schedule_with_warmup(optimizer, STEPS // 15, STEPS)
    batches = masked_batches(rows, np.random.default_rng(0))
    with tqdm(total=STEPS, desc="pretraining", unit=" steps", file=sys.stdout, mininterval=2) as progress:
        for _ in range(STEPS // 50):
            losses.append(train_epoch(model, islice(batches, 50), optimizer, scheduler))
            progress.update(50)
    folder = tempfile.mkdtemp()
    save_checkpoint(model, tokenizer, folder)
    return folder


def pretrain_and_show():
    made["checkpoint"] = chosen_checkpoint(otherwise=pretrained)
    places = range(50, 50 * len(losses) + 1, 50)
    title = "Guessing hidden words"
    return curves(places, {"loss": losses}, x_title="step", y_title="loss (nats)", title=title) if losses else None


made, losses = {}, []
pretraining = once_solved("pad_batch", "mask_tokens", "train_epoch", show=pretrain_and_show)
pretraining

# %% [markdown] name="judge"
# ## Fine-tuning and judging
#
# How will you know that it is good? By reviews that it has not seen, by more than one number, and beside a baseline.

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

# %% [markdown] name="fine-tuning"
# To *fine-tune* is to go on training from a checkpoint, on labels. **Fine-tune** on 256 labels: once from the
# pretrained checkpoint, once from one whose weights are still random.


# %% name="see-fine-tuning"
def dataset(reviews, tokenizer):
    return TextClassificationDataset(
        [review.text for review in reviews], [review.label for review in reviews], tokenizer, MAX_LEN
    )


def batches_of(data, tokenizer, rng):
    lengths = [len(data[i]["input_ids"]) for i in range(len(data))]
    for places in similar_lengths(lengths, 32, rng):
        yield pad_batch([data[place] for place in places], tokenizer.pad_token_id)


def fine_tuned(start, count, epochs=20):
    """A classifier from these labels, and its scores on the held-out reviews."""
    words, classifier = load_classifier(start, num_labels=3, seed=0)
    made.update(classifier=classifier, tokenizer=words)
    data, rng = dataset(labeled[:count], words), np.random.default_rng(0)
    steps = epochs * -(-count // 32)
    rate = 1e-3 if classifier.config.hidden_size < 256 else 3e-5  # large models bear less
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=rate)
    scheduler = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    for _ in tqdm(range(epochs), desc="fine-tuning", unit="epoch", file=sys.stdout, mininterval=2):
        train_epoch(classifier, batches_of(data, words, rng), optimizer, scheduler)
    return evaluate(classifier, batches_of(dataset(held_out, words), words, np.random.default_rng(0)))


def compare():
    untrained = tempfile.mkdtemp()
    save_checkpoint(small_bert(tokenizer(texts)["input_ids"], len(tokenizer), seed=0), tokenizer, untrained)
    scratch = fine_tuned(untrained, 256)
    made["report"] = report = fine_tuned(made["checkpoint"], 256)
    models = {"pretrained": report["accuracy"], "from scratch": scratch["accuracy"], "bag of words": bag_of_words(256)}
    return bars(
        list(models), {"256 labels": list(models.values())}, x_title="accuracy on 1000 held-out reviews", limit=1.0
    )


needed = ("TextClassificationDataset", "pad_batch", "mask_tokens", "train_epoch", "evaluate")
comparison = once_solved(*needed, show=compare, after={"Now pretrain": pretraining})
comparison

# %% [markdown] name="per-class"
# And class by class. Neutral reviews are the fewest: does the accuracy hide that they are not found?


# %% name="see-per-class"
def per_class():
    report = made["report"]
    print(f"{'':10}{'precision':>10}{'recall':>10}{'F1':>10}{'reviews':>10}")
    for label, scores in report["per_class"].items():
        numbers = "".join(f"{scores[name]:10.3f}" for name in ("precision", "recall", "f1"))
        print(f"{LABELS[label]:10}{numbers}{scores['support']:10}")
    print(f"\naccuracy {report['accuracy']:.3f}, macro-F1 {report['macro_f1']:.3f}")
    rarest, scores = min(report["per_class"].items(), key=lambda each: each[1]["support"])
    verdict = "hides that this class is worse" if scores["f1"] < report["macro_f1"] else "hides nothing here"
    print(f"F1 of the rarest class, {LABELS[rarest]}: {scores['f1']:.3f}, so the accuracy {verdict}")


done = {"Fine-tune": comparison}
waiting = once_solved(*needed, show=per_class, after=done)
waiting

# %% [markdown] name="inside"
# ## Inside the library's BERT
#
# Is there more to it than what you wrote in chapter 3? Take the weights out of a layer, and see. It is the small
# model's; with `PRETRAINED_MODEL`, the published one's.

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

# %% [markdown] name="same-numbers"
# Your NumPy against the first layer of the model that you have just fine-tuned, on four reviews:


# %% name="see-difference"
def difference():
    data, model = dataset(held_out[:4], made["tokenizer"]), made["classifier"].eval()
    batch = pad_batch([data[i] for i in range(4)])
    mask = batch["attention_mask"]
    layer = model.bert.encoder.layer[0].attention.self
    with torch.no_grad():
        hidden = model.bert.embeddings(batch["input_ids"])
        output, weights = layer(
            hidden, attention_mask=torch.zeros(mask.shape).masked_fill(mask == 0, -torch.inf)[:, None, None]
        )
    arrays = {name: tensor.numpy() for name, tensor in layer.state_dict().items()}
    heads = model.config.num_attention_heads
    mine, my_weights = bert_self_attention(hidden.numpy(), arrays, heads, mask.numpy())
    print(f"largest difference: output {np.abs(mine - output.numpy()).max():.0e}, ", end="")
    print(f"weights {np.abs(my_weights - weights.numpy()).max():.0e}")


waiting = once_solved(*needed, "bert_self_attention", show=difference, after=done)
waiting

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

# %% [markdown] name="look-inside"
# Where does the model look in a review with a negation? Each map is one head of the last layer; rows ask, columns are
# asked. A word that gets much weight need not be the cause of the answer: chapter 8 measures that.


# %% name="see-maps"
def maps():
    words = made["tokenizer"]
    batch = pad_batch([{"input_ids": torch.tensor(words("The plot was not dull.")["input_ids"])}])
    tokens = words.convert_ids_to_tokens(batch["input_ids"][0].tolist())
    weights = attention_maps(made["classifier"], batch)[0, -1]
    shown = {f"head {head}": weights[head] for head in range(min(4, len(weights)))}
    return heat_maps(shown, rows=tokens, columns=tokens, numbers=False, limit=1.0)


picture = once_solved(*needed, "attention_maps", show=maps, after=done)
picture

# %% [markdown] name="summary"
# ## What you have built
#
# - **Batches** that are as long as they need to be, with a mask that says what is text.
# - **Pretraining**: spoil some tokens, guess them. The text is its own answer, so no label is needed.
# - **Fine-tuning** with AdamW, warm-up, clipped gradients and seeds, from the small checkpoint or from BERT's own.
# - **A verdict**: held-out reviews, a report for each class, and two baselines beside it.
# - **BERT's attention** in NumPy: the same numbers, from the same formula as in chapter 3.
#
# **Where to go next.** The chapter shows how the gain depends on the number of labels, with three seeds.
