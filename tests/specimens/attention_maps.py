"""Attempts at `attention_maps`."""

import numpy as np
import torch

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "attention_maps"

SOURCE = """
def attention_maps(model, batch):
    was_training = model.training
    model.eval()
    inputs = {k: v for k, v in batch.items() if k != "labels"}
    with torch.no_grad():
        attentions = model(**inputs, output_attentions=True).attentions
    model.train(was_training)
    return torch.stack(attentions, dim=1).numpy()
"""

slips = Slips(ID, SOURCE, np=np)
slips.right("stacked_by_torch")
slips.right(
    "stacked_by_numpy", ("torch.stack(attentions, dim=1).numpy()", "np.stack([a.numpy() for a in attentions], 1)")
)
slips.right(
    "moved_afterwards", ("torch.stack(attentions, dim=1).numpy()", "torch.stack(attentions).transpose(0, 1).numpy()")
)
slips.right("asks_for_a_dict", ("output_attentions=True", "output_attentions=True, return_dict=True"))
slips.right("detached_as_well", ("dim=1).numpy()", "dim=1).detach().cpu().numpy()"))


@right(ID)
@torch.inference_mode()
def layer_by_layer(model, batch):
    mode = model.training
    inputs = dict(batch)
    inputs.pop("labels", None)
    layers = model.eval()(**inputs, output_attentions=True)["attentions"]
    if mode:
        model.train()
    maps = np.empty((len(layers[0]), len(layers), *layers[0].shape[1:]), dtype=np.float32)
    for number, layer in enumerate(layers):
        maps[:, number] = np.array(layer.tolist())
    return maps


@right(ID)
def finally_restored(model, batch):
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        with torch.set_grad_enabled(False):
            out = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_attentions=True)
        return np.concatenate([layer[:, None] for layer in out.attentions], axis=1)
    finally:
        for module, training in modes.items():
            module.training = training


INPUTS = '{k: v for k, v in batch.items() if k != "labels"}'
STACK = "torch.stack(attentions, dim=1).numpy()"

slips.wrong("judges-in-training-mode", "forgets_eval", ("    model.eval()\n", ""))
slips.wrong("judges-in-training-mode", "train_instead", ("model.eval()", "model.train()"))
slips.wrong("mode-not-restored", "stays_in_eval", ("    model.train(was_training)\n", ""))
slips.wrong("mode-not-restored", "always_back_to_training", ("model.train(was_training)", "model.train()"))
slips.wrong(
    "records-gradients",
    "detaches_instead",
    ("with torch.no_grad():", "if True:"),
    ("dim=1).numpy()", "dim=1).detach().numpy()"),
)
slips.wrong("shows-the-labels", "whole_batch", (INPUTS, "batch"))
slips.wrong("forgets-attention-mask", "tokens_alone", ("**inputs", 'input_ids=inputs["input_ids"]'))
slips.wrong("batch-not-unpacked", "passes_the_dict", ("**inputs", "inputs"))
slips.wrong("layers-first", "stacks_in_front", ("dim=1)", "dim=0)"))
slips.wrong("layers-first", "heads_before_layers", ("dim=1)", "dim=2)"))
slips.wrong("layers-joined", "concatenates_heads", ("torch.stack(attentions, dim=1)", "torch.cat(attentions, dim=1)"))
slips.wrong("layers-joined", "concatenates_batches", ("torch.stack(attentions, dim=1)", "torch.cat(attentions)"))
slips.wrong("one-layer-only", "last_layer", (STACK, "attentions[-1].numpy()"))
slips.wrong("one-layer-only", "first_layer", (STACK, "attentions[0].numpy()"))
slips.wrong("one-layer-only", "mean_of_layers", (STACK, "(sum(attentions) / len(attentions)).numpy()"))
slips.wrong("averages-weights", "mean_of_heads", ("dim=1).numpy()", "dim=1).mean(2).numpy()"))
slips.wrong("one-sequence-only", "first_sequence", ("dim=1).numpy()", "dim=1)[0].numpy()"))
slips.wrong("layers-reversed", "last_first", ("torch.stack(attentions,", "torch.stack(attentions[::-1],"))
slips.wrong("wrong-type", "tensor", (STACK, "torch.stack(attentions, dim=1)"))
slips.wrong("wrong-type", "list_of_arrays", (STACK, "[a.numpy() for a in attentions]"))
slips.wrong("raises", "does_not_ask", (", output_attentions=True", ""))
slips.wrong("raises", "numpy_of_a_recorded_tensor", ("with torch.no_grad():", "if True:"))
slips.wrong(
    "mutates-input",
    "deletes_the_labels",
    (INPUTS, "batch"),
    ("    was_training", '    batch.pop("labels", None)\n    was_training'),
)
slips.wrong("returns-nothing", "no_return", (f"    return {STACK}\n", ""))
slips.wrong("not-written-yet", "as_released", ("    was_training", "    raise NotImplementedError()\n    was_training"))
slips.wrong(
    "shows-the-labels mode-not-restored", "no_care_at_all", (INPUTS, "batch"), ("    model.train(was_training)\n", "")
)
slips.wrong(
    "layers-first judges-in-training-mode", "front_and_training", ("dim=1)", "dim=0)"), ("    model.eval()\n", "")
)
slips.wrong(
    "one-layer-only records-gradients",
    "last_with_gradients",
    (STACK, "attentions[-1].detach().numpy()"),
    ("with torch.no_grad():", "if True:"),
)
slips.wrong(
    "averages-weights mode-not-restored",
    "mean_and_eval",
    ("dim=1).numpy()", "dim=1).mean(2).numpy()"),
    ("    model.train(was_training)\n", ""),
)
slips.wrong(
    "layers-joined shows-the-labels",
    "joined_with_labels",
    ("torch.stack(attentions, dim=1)", "torch.cat(attentions, dim=1)"),
    (INPUTS, "batch"),
)


@wrong(ID, "ready-made")
def the_course_s_own(model, batch):
    from selfattn_ref.maps import attention_maps as ready

    return ready(model, batch)
