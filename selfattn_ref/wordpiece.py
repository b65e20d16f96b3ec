"""A vocabulary of word pieces, learned from the texts at hand."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from selfattn_ref.validation import iterable, size, string

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def train_wordpiece(texts: Iterable[str], vocab_size: int, max_len: int) -> PreTrainedTokenizerFast:
    """Learn the pieces of words that BERT reads: frequent words stay whole, rare ones are put together from pieces.

    Starts from single letters and joins the most frequent pair of neighbors again and again, until there are vocab_size
    pieces. A piece that continues a word begins with ``##``. Everything is lower case. [PAD] is token 0, and every text
    gets [CLS] before it and [SEP] behind it, as in Devlin et al. (2019), section 3.

    Args:
        texts: what to learn from.
        vocab_size: largest number of tokens, the five special ones included.
        max_len: longest text that the model to come can read, in tokens.

    Returns:
        A tokenizer of transformers; its ``save_pretrained`` writes what ``AutoTokenizer`` reads.

    Raises:
        TypeError: a text is not a string.
        ValueError: vocab_size or max_len is below 5.

    >>> tokenizer = train_wordpiece(["dull and dull", "gripping"], vocab_size=40, max_len=16)
    >>> tokenizer.convert_ids_to_tokens(tokenizer("Dull, dully")["input_ids"])
    ['[CLS]', 'dull', '[UNK]', '[UNK]', '[SEP]']
    """
    texts = [string(f"texts[{place}]", text) for place, text in enumerate(iterable("texts", texts, "strings"))]
    vocab_size, max_len = (size(n, v, at_least=5) for n, v in (("vocab_size", vocab_size), ("max_len", max_len)))
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = list(SPECIAL.values())
    trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    around = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=around)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=max_len, **SPECIAL)
