"""With a checkpoint named in the environment, the notebook on BERT uses that one, and pretrains nothing."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from transformers import BertConfig, BertForMaskedLM

from selfattn_grade.release import solved_notebook
from selfattn_ref.checkpoints import VARIABLE, save_checkpoint
from selfattn_ref.corpora.reviews import unlabeled_texts
from selfattn_ref.wordpiece import train_wordpiece

ROOT = Path(__file__).resolve().parents[2]
LAYERS = 3  # the notebook's own model has 2


@pytest.mark.slow
def test_notebook_takes_the_checkpoint_of_the_environment(tmp_path, monkeypatch):
    tokenizer = train_wordpiece(unlabeled_texts(200, np.random.default_rng(0)), 150, 64)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=24,
        num_hidden_layers=LAYERS,
        num_attention_heads=3,
        intermediate_size=48,
    )
    save_checkpoint(BertForMaskedLM(config), tokenizer, tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    notebook = solved_notebook(ROOT, "05c-bert")
    asked = "print(len(made['classifier'].bert.encoder.layer), made['checkpoint'], losses)"
    notebook.cells.append(nbformat.v4.new_code_cell(asked))
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    assert notebook.cells[-1].outputs[0].text == f"{LAYERS} {tmp_path} []\n"
