"""Attempts at `train_epoch`."""

import torch
from torch import nn

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "train_epoch"

SOURCE = """
def train_epoch(model, batches, optimizer, scheduler=None, max_norm=1.0):
    model.train()
    total_loss = 0.0
    total_rows = 0
    for batch in batches:
        optimizer.zero_grad()
        outputs = model(**batch)
        loss = outputs.loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        if scheduler:
            scheduler.step()
        rows = batch["labels"].size(0)
        total_loss += loss.item() * rows
        total_rows += rows
    return total_loss / total_rows
"""

slips = Slips(ID, SOURCE)
slips.right("as_most_write_it")
slips.right(
    "zero_grad_before_and_after",
    ("    for batch", "    optimizer.zero_grad()\n    for batch"),
    ("        optimizer.zero_grad()\n        outputs", "        outputs"),
    ("        rows =", "        optimizer.zero_grad()\n        rows ="),
)
slips.right("by_place", ("outputs.loss", "outputs[0]"))
slips.right(
    "parameters_of_the_optimizer", ("model.parameters()", '[p for g in optimizer.param_groups for p in g["params"]]')
)
slips.right(
    "moved_to_the_device",
    (
        "        optimizer.zero",
        "        batch = {k: v.to(model.device) for k, v in batch.items()}\n        optimizer.zero",
    ),
)
slips.right("set_to_zero_by_the_model", ("optimizer.zero_grad()", "model.zero_grad(set_to_none=False)"))


@right(ID)
def lists_and_a_dot_product(model, batches, optimizer, scheduler=None, max_norm=1.0):
    losses, rows = [], []
    model.train(True)
    for batch in batches:
        loss = model(**batch)["loss"]
        losses.append(loss.detach())
        rows.append(float(len(batch["labels"])))
        for parameter in model.parameters():
            parameter.grad = None
        loss.backward()
        nn.utils.clip_grad_norm_(list(model.parameters()), max_norm=max_norm)
        optimizer.step()
        _ = scheduler is not None and scheduler.step()
    return float(torch.stack(losses) @ torch.tensor(rows) / sum(rows))


@right(ID)
def own_clipping(model, batches, optimizer, scheduler=None, max_norm=1.0):
    model.train()
    seen = []
    for batch in batches:
        optimizer.zero_grad(set_to_none=True)
        loss = model(**batch).loss
        loss.backward()
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        norm = sum((g**2).sum() for g in gradients) ** 0.5
        if norm > max_norm:
            for g in gradients:
                g.mul_(max_norm / norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        seen += [loss.item()] * len(batch["labels"])
    return sum(seen) / len(seen)


CLIP = "        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)\n"
ZERO = "        optimizer.zero_grad()\n"
STEP = "        optimizer.step()\n"
RATE = "        if scheduler:\n            scheduler.step()\n"
BACK = "        loss.backward()\n"

slips.wrong("gradients-add-up", "forgets_zero_grad", (ZERO, ""))
slips.wrong(
    "gradients-add-up", "zero_grad_once", (ZERO, ""), ("    for batch", "    optimizer.zero_grad()\n    for batch")
)
slips.wrong(
    "gradients-add-up",
    "zero_grad_at_the_end",
    (ZERO, ""),
    ("        rows =", "        optimizer.zero_grad()\n        rows ="),
)
slips.wrong(
    "entries-assumed",
    "names_spelled_out",
    (
        "model(**batch)",
        'model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=batch["labels"])',
    ),
)
slips.wrong("entries-assumed", "rows_of_input_ids", ('batch["labels"].size(0)', 'len(batch["input_ids"])'))
slips.wrong("entries-by-position", "values_in_their_order", ("model(**batch)", "model(*batch.values())"))
slips.wrong(
    "entries-by-position",
    "three_in_a_row",
    ("model(**batch)", 'model(batch["input_ids"], batch["attention_mask"], batch["labels"])'),
)
ONE_BY_ONE = 'model(batch["input_ids"], batch["attention_mask"])'
slips.wrong(
    "computes-its-own-loss", "cross_entropy", ("outputs.loss", 'F.cross_entropy(outputs.logits, batch["labels"])')
)
slips.wrong(
    "computes-its-own-loss",
    "cross_entropy_of_two_entries",
    ("model(**batch)", ONE_BY_ONE),
    ("outputs.loss", 'nn.CrossEntropyLoss()(outputs.logits, batch["labels"])'),
)
slips.wrong(
    "computes-its-own-loss",
    "cross_entropy_in_rows",
    ("outputs.loss", 'F.cross_entropy(outputs.logits.view(-1, outputs.logits.size(-1)), batch["labels"].view(-1))'),
)
slips.wrong(
    "computes-its-own-loss",
    "in_rows_of_two_entries",
    ("model(**batch)", ONE_BY_ONE),
    ("outputs.loss", 'F.cross_entropy(outputs.logits.view(-1, outputs.logits.size(-1)), batch["labels"].view(-1))'),
)
slips.wrong("loss-weighted-by-tokens", "counts_labels", ('batch["labels"].size(0)', 'batch["labels"].numel()'))
slips.wrong(
    "loss-weighted-by-tokens",
    "counts_what_is_asked",
    ('batch["labels"].size(0)', '(batch["labels"] != -100).sum().item()'),
)
slips.wrong(
    "loss-weighted-by-tokens", "counts_tokens", ('batch["labels"].size(0)', 'batch["attention_mask"].sum().item()')
)
slips.wrong("mean-of-batch-means", "length_of_the_dict", ('batch["labels"].size(0)', "len(batch)"))
slips.wrong(
    "leaves-training-mode",
    "gives_the_mode_back",
    ("    model.train()\n", "    before = model.training\n    model.train()\n"),
    ("    return", "    model.train(before)\n    return"),
)
slips.wrong("leaves-training-mode", "ends_in_eval_mode", ("    return", "    model.eval()\n    return"))
slips.wrong("never-steps", "no_step", (STEP, ""))
slips.wrong("never-steps", "step_before_backward", (STEP, ""), (BACK, STEP + BACK))
slips.wrong("never-steps", "zero_grad_after_backward", (ZERO, ""), (BACK, BACK + ZERO))
slips.wrong("missing-clip", "no_clip", (CLIP, ""))
slips.wrong("missing-clip", "clip_after_the_step", (CLIP, ""), (STEP, STEP + CLIP))
slips.wrong("missing-clip", "clip_before_backward", (CLIP, ""), (BACK, CLIP + BACK))
slips.wrong(
    "clips-each-alone",
    "parameter_by_parameter",
    (CLIP, "        for p in model.parameters():\n            torch.nn.utils.clip_grad_norm_(p, max_norm)\n"),
)
slips.wrong("clips-each-alone", "by_value", ("clip_grad_norm_", "clip_grad_value_"))
slips.wrong("ignores-max-norm", "always_1", ("(model.parameters(), max_norm)", "(model.parameters(), 1.0)"))
slips.wrong(
    "scheduler-per-epoch",
    "after_the_loop",
    (RATE, ""),
    ("    return", "    if scheduler:\n        scheduler.step()\n    return"),
)
slips.wrong("ignores-scheduler", "no_scheduler", (RATE, ""))
slips.wrong("scheduler-before-step", "rate_first", (RATE, ""), (STEP, RATE + STEP))
slips.wrong("default-not-filled-in", "always_a_scheduler", (RATE, "        scheduler.step()\n"))
slips.wrong("trains-in-eval-mode", "forgets_train", ("    model.train()\n", ""))
slips.wrong("trains-in-eval-mode", "eval_instead", ("model.train()", "model.eval()"))
slips.wrong(
    "mean-of-batch-means",
    "counts_batches",
    ("loss.item() * rows", "loss.item()"),
    ("total_rows += rows", "total_rows += 1"),
)
slips.wrong(
    "mean-of-batch-means",
    "divides_by_len",
    ("loss.item() * rows", "loss.item()"),
    ("total_loss / total_rows", "total_loss / len(batches)"),
)
slips.wrong(
    "loss-not-averaged",
    "sum_of_losses",
    ("loss.item() * rows", "loss.item()"),
    ("total_loss / total_rows", "total_loss"),
)
slips.wrong("loss-not-averaged", "sum_over_rows", ("total_loss / total_rows", "total_loss"))
slips.wrong("loss-not-averaged", "not_multiplied", ("loss.item() * rows", "loss.item()"))
slips.wrong("last-loss-only", "last", ("total_loss / total_rows", "loss.item()"))
slips.wrong("loss-as-tensor", "keeps_the_graph", ("loss.item()", "loss"))
slips.wrong("loss-as-tensor", "detached", ("loss.item()", "loss.detach()"))
slips.wrong(
    "measured-in-a-second-pass",
    "measures_afterwards",
    (
        "    return",
        "    with torch.no_grad():\n"
        "        total_loss = sum(model(**b).loss.item() * len(b['labels']) for b in batches)\n    return",
    ),
)
slips.wrong(
    "measured-in-a-second-pass",
    "measures_afterwards_in_eval_mode",
    (
        "    return",
        "    model.eval()\n    with torch.no_grad():\n"
        "        total_loss, total_rows = 0.0, 0\n"
        "        for b in batches:\n            total_loss += model(**b).loss.item() * len(b['labels'])\n"
        "            total_rows += len(b['labels'])\n    return",
    ),
)
slips.wrong("returns-nothing", "no_return", ("    return total_loss / total_rows\n", ""))
slips.wrong("not-written-yet", "as_released", ("    model.train()\n", "    raise NotImplementedError()\n"))
slips.wrong("batch-not-unpacked", "calls_the_model_with_a_dict", ("model(**batch)", "model(batch)"))
slips.wrong("raises", "takes_logits_for_the_loss", ("outputs.loss", "outputs.logits"))
slips.wrong("raises", "takes_the_outcome_for_the_loss", ("outputs.loss", "outputs"))
slips.wrong("wrong-signature", "no_max_norm", (", max_norm=1.0)", ")"), (", max_norm)", ", 1.0)"))
slips.wrong(
    "mutates-input",
    "takes_the_labels_out",
    ("        outputs =", "        rows, labels = len(batch['labels']), batch.pop('labels')\n        outputs ="),
    ("model(**batch)", "model(**batch, labels=labels)"),
    ('        rows = batch["labels"].size(0)\n', ""),
)
slips.wrong(
    "gradients-add-up mean-of-batch-means",
    "no_zero_and_batches",
    (ZERO, ""),
    ("loss.item() * rows", "loss.item()"),
    ("total_rows += rows", "total_rows += 1"),
)
slips.wrong("missing-clip loss-as-tensor", "no_clip_and_tensor", (CLIP, ""), ("loss.item()", "loss"))
slips.wrong("trains-in-eval-mode ignores-scheduler", "eval_without_scheduler", ("    model.train()\n", ""), (RATE, ""))
slips.wrong(
    "scheduler-per-epoch loss-not-averaged",
    "as_in_many_tutorials",
    (RATE, ""),
    ("    return", "    if scheduler:\n        scheduler.step()\n    return"),
    ("loss.item() * rows", "loss.item()"),
    ("total_loss / total_rows", "total_loss"),
)
slips.wrong(
    "mean-of-batch-means trains-in-eval-mode",
    "both_common_slips",
    ("    model.train()\n", ""),
    ("loss.item() * rows", "loss.item()"),
    ("total_rows += rows", "total_rows += 1"),
)


@wrong(ID, "ready-made")
def the_course_s_own(model, batches, optimizer, scheduler=None, max_norm=1.0):
    from selfattn_ref.fine_tuning import train_epoch as ready

    return ready(model, batches, optimizer, scheduler, max_norm)
