"""Attempts at `evaluate`."""

import numpy as np
import torch
from sklearn import metrics

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "evaluate"

SOURCE = """
def evaluate(model, batches):
    was_training = model.training
    model.eval()
    y_true, y_pred = [], []
    with torch.no_grad():
        for batch in batches:
            inputs = {k: v for k, v in batch.items() if k != "labels"}
            logits = model(**inputs).logits
            y_pred.extend(logits.argmax(-1).tolist())
            y_true.extend(batch["labels"].tolist())
    model.train(was_training)
    per_class = {}
    for c in sorted(set(y_true) | set(y_pred)):
        tp = sum(t == c and p == c for t, p in zip(y_true, y_pred))
        fp = sum(t != c and p == c for t, p in zip(y_true, y_pred))
        fn = sum(t == c and p != c for t, p in zip(y_true, y_pred))
        precision = tp / (tp + fp) if tp + fp else 0.0
        recall = tp / (tp + fn) if tp + fn else 0.0
        f1 = 2 * tp / (2 * tp + fp + fn)
        per_class[c] = {"precision": precision, "recall": recall, "f1": f1, "support": tp + fn}
    accuracy = sum(t == p for t, p in zip(y_true, y_pred)) / len(y_true)
    macro_f1 = sum(s["f1"] for s in per_class.values()) / len(per_class)
    return {"accuracy": accuracy, "macro_f1": macro_f1, "per_class": per_class}
"""

slips = Slips(ID, SOURCE)
slips.right("counted_by_hand")
slips.right("inference_mode", ("torch.no_grad()", "torch.inference_mode()"))
slips.right(
    "names_spelled_out",
    ("model(**inputs).logits", 'model(batch["input_ids"], attention_mask=batch["attention_mask"])[0]'),
)
slips.right(
    "every_module_by_itself",
    ("was_training = model.training", "modes = [(m, m.training) for m in model.modules()]"),
    ("    model.train(was_training)\n", "    for m, t in modes:\n        m.training = t\n"),
)


@right(ID)
@torch.no_grad()
def with_scikit_learn(model, batches):
    mode = model.training
    model.eval()
    truth, guess = [], []
    for batch in batches:
        truth += [batch["labels"].numpy()]
        guess += [model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.argmax(1).numpy()]
    if mode:
        model.train()
    truth, guess = np.concatenate(truth), np.concatenate(guess)
    labels = np.union1d(truth, guess)
    p, r, f, n = metrics.precision_recall_fscore_support(truth, guess, labels=labels, zero_division=0)
    rows = zip(labels.tolist(), p, r, f, n, strict=True)
    return {
        "accuracy": metrics.accuracy_score(truth, guess),
        "macro_f1": metrics.f1_score(truth, guess, average="macro", zero_division=0),
        "per_class": {c: {"precision": a, "recall": b, "f1": d, "support": e} for c, a, b, d, e in rows},
    }


@right(ID)
def tensors_all_the_way(model, batches):
    before = model.training
    model.train(False)
    pairs = []
    for batch in batches:
        inputs = dict(batch)
        labels = inputs.pop("labels")
        with torch.no_grad():
            pairs.append(torch.stack([labels, model(**inputs)["logits"].max(dim=1).indices]))
    model.train(before)
    truth, guess = torch.cat(pairs, dim=1)
    report, right_ones = {}, (truth == guess).float()
    for c in torch.cat([truth, guess]).unique():
        hits, n_true, n_guess = ((truth == c) & (guess == c)).sum(), (truth == c).sum(), (guess == c).sum()
        report[int(c)] = {
            "precision": float(hits / n_guess.clamp(min=1)),
            "recall": float(hits / n_true.clamp(min=1)),
            "f1": float(2 * hits / (n_true + n_guess)),
            "support": int(n_true),
        }
    macro = float(np.mean([scores["f1"] for scores in report.values()]))
    return {"accuracy": right_ones.mean().item(), "macro_f1": macro, "per_class": report}


@right(ID)
def confusion_matrix(model, batches):
    was = model.training
    model.eval()
    matrix = np.zeros((50, 50), dtype=int)
    with torch.no_grad():
        for batch in batches:
            logits = model(**{name: batch[name] for name in batch if name != "labels"}).logits
            np.add.at(matrix, (batch["labels"].numpy(), logits.numpy().argmax(axis=-1)), 1)
    model.train(was)
    hits, true, predicted = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    there = np.flatnonzero(true + predicted)
    f1 = 2 * hits / np.maximum(true + predicted, 1)
    per_class = {
        int(c): {
            "precision": hits[c] / max(predicted[c], 1), "recall": hits[c] / max(true[c], 1),
            "f1": f1[c], "support": int(true[c]),
        }
        for c in there
    }  # fmt: skip
    return {"accuracy": matrix.trace() / matrix.sum(), "macro_f1": f1[there].mean(), "per_class": per_class}


INPUTS = '{k: v for k, v in batch.items() if k != "labels"}'
MACRO = 'sum(s["f1"] for s in per_class.values()) / len(per_class)'

slips.wrong("judges-in-training-mode", "forgets_eval", ("    model.eval()\n", ""))
slips.wrong("judges-in-training-mode", "train_instead", ("model.eval()", "model.train()"))
slips.wrong("mode-not-restored", "stays_in_eval", ("    model.train(was_training)\n", ""))
slips.wrong("mode-not-restored", "always_back_to_training", ("model.train(was_training)", "model.train()"))
slips.wrong("records-gradients", "no_no_grad", ("with torch.no_grad():", "if True:"))
slips.wrong("shows-the-labels", "everything_to_the_model", (INPUTS, "batch"))
slips.wrong(
    "mutates-input",
    "pops_the_labels",
    (INPUTS, "batch"),
    ("model(**inputs).logits", "model(**inputs).logits"),
    ("            inputs", '            labels = batch.pop("labels")\n            inputs'),
    ('batch["labels"].tolist()', "labels.tolist()"),
)
slips.wrong(
    "mean-of-batch-means",
    "accuracy_by_batch",
    ("    y_true, y_pred = [], []\n", "    y_true, y_pred, accs = [], [], []\n"),
    (
        "            y_pred.extend(",
        '            accs.append((logits.argmax(-1) == batch["labels"]).float().mean().item())\n'
        "            y_pred.extend(",
    ),
    ("accuracy = sum(t == p for t, p in zip(y_true, y_pred)) / len(y_true)", "accuracy = sum(accs) / len(accs)"),
)
slips.wrong(
    "last-batch-only",
    "overwrites",
    ("y_pred.extend(logits.argmax(-1).tolist())", "y_pred = logits.argmax(-1).tolist()"),
    ('y_true.extend(batch["labels"].tolist())', 'y_true = batch["labels"].tolist()'),
)
slips.wrong("micro-for-macro", "micro", (MACRO, "accuracy"))
slips.wrong(
    "weighted-for-macro", "weighted", (MACRO, 'sum(s["f1"] * s["support"] for s in per_class.values()) / len(y_true)')
)
slips.wrong(
    "f1-of-means",
    "of_the_means",
    (
        MACRO,
        '0.0\n    p, r = (sum(s[k] for s in per_class.values()) / len(per_class) for k in ("precision", "recall"))'
        "\n    macro_f1 = 2 * p * r / (p + r)",
    ),
)
slips.wrong("f1-of-means", "plain_mean", ("f1 = 2 * tp / (2 * tp + fp + fn)", "f1 = (precision + recall) / 2"))
slips.wrong("classes-of-labels-only", "labels_only", ("sorted(set(y_true) | set(y_pred))", "sorted(set(y_true))"))
slips.wrong("classes-of-labels-only", "predictions_only", ("sorted(set(y_true) | set(y_pred))", "sorted(set(y_pred))"))
slips.wrong(
    "precision-recall-swapped",
    "swapped",
    ('"precision": precision, "recall": recall', '"precision": recall, "recall": precision'),
)
slips.wrong("support-of-predictions", "counts_predictions", ('"support": tp + fn', '"support": tp + fp'))
slips.wrong("support-of-predictions", "counts_hits", ('"support": tp + fn', '"support": tp'))
slips.wrong(
    "share-of-nothing",
    "divides_anyway",
    ("tp / (tp + fp) if tp + fp else 0.0", "tp / (tp + fp)"),
    ("tp / (tp + fn) if tp + fn else 0.0", "tp / (tp + fn)"),
)
slips.wrong("share-of-nothing", "nan_for_nothing", ("else 0.0", 'else float("nan")'))
F1 = "f1 = 2 * tp / (2 * tp + fp + fn)"
slips.wrong("share-of-nothing", "harmonic_mean", (F1, "f1 = 2 * precision * recall / (precision + recall)"))
slips.wrong(
    "share-of-nothing",
    "harmonic_mean_in_numpy",
    (F1, 's = precision + recall\n        f1 = 2 * precision * recall / s if s else float("nan")'),
)
slips.wrong("support-as-float", "float_support", ('"support": tp + fn', '"support": float(tp + fn)'))
slips.wrong(
    "classes-that-do-not-occur",
    "all_classes_of_the_model",
    ("sorted(set(y_true) | set(y_pred))", "range(logits.shape[-1])"),
    (F1, "f1 = 2 * tp / max(2 * tp + fp + fn, 1)"),
)
slips.wrong("forgets-attention-mask", "tokens_alone", ("model(**inputs)", 'model(batch["input_ids"])'))
slips.wrong("batch-not-unpacked", "passes_the_dict", ("model(**inputs)", "model(inputs)"))
slips.wrong("raises", "takes_the_outcome_for_logits", ("model(**inputs).logits", "model(**inputs)"))
slips.wrong(
    "in-percent",
    "hundred",
    ('"accuracy": accuracy, "macro_f1": macro_f1', '"accuracy": 100 * accuracy, "macro_f1": macro_f1 * 100'),
)
slips.wrong(
    "wrong-type",
    "accuracy_alone",
    ('return {"accuracy": accuracy, "macro_f1": macro_f1, "per_class": per_class}', "return accuracy"),
)
slips.wrong("wrong-type", "classes_by_name", ("per_class[c] =", 'per_class[f"class {c}"] ='))
slips.wrong("wrong-type", "accuracy_is_a_tensor", ("    accuracy = sum(", "    accuracy = torch.tensor(1.0) * sum("))
slips.wrong(
    "returns-nothing",
    "no_return",
    ('    return {"accuracy": accuracy, "macro_f1": macro_f1, "per_class": per_class}\n', ""),
)
slips.wrong("not-written-yet", "as_released", ("    was_training", "    raise NotImplementedError()\n    was_training"))
slips.wrong(
    "mode-not-restored records-gradients",
    "eval_and_nothing_else",
    ("    model.train(was_training)\n", ""),
    ("with torch.no_grad():", "if True:"),
)
slips.wrong("judges-in-training-mode shows-the-labels", "as_in_training", ("    model.eval()\n", ""), (INPUTS, "batch"))
slips.wrong("shows-the-labels micro-for-macro", "labels_and_micro", (INPUTS, "batch"), (MACRO, "accuracy"))
slips.wrong(
    "classes-of-labels-only in-percent",
    "percent_of_labels",
    ("sorted(set(y_true) | set(y_pred))", "sorted(set(y_true))"),
    ('"accuracy": accuracy, "macro_f1": macro_f1', '"accuracy": 100 * accuracy, "macro_f1": macro_f1 * 100'),
)
slips.wrong(
    "last-batch-only mode-not-restored",
    "last_and_left",
    ("y_pred.extend(logits.argmax(-1).tolist())", "y_pred = logits.argmax(-1).tolist()"),
    ('y_true.extend(batch["labels"].tolist())', 'y_true = batch["labels"].tolist()'),
    ("    model.train(was_training)\n", ""),
)


@wrong(ID, "ready-made")
def the_course_s_own(model, batches):
    from selfattn_ref.fine_tuning import evaluate as ready

    return ready(model, batches)
