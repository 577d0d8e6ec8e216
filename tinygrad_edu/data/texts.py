"""The Tokenizer of Keras 1 and 2, for scripts that were written with it; today's layer is TextVectorization."""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..common.arguments import Checked, checked
from ..common.old import reading
from ..common.types import Count

PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


@checked
def text_to_word_sequence(text: str, filters: str = PUNCTUATION, lower: bool = True, split: str = " ") -> list[str]:
    """The words of a text.

    Args:
        text: the text.
        filters: the characters that count as spaces.
        lower: whether to write all letters small.
        split: what stands between words.

    Example:
        >>> text_to_word_sequence("To be, or not to be!")
        ['to', 'be', 'or', 'not', 'to', 'be']
    """
    text = text.lower() if lower else text
    for mark in filters:
        text = text.replace(mark, split)
    return [word for word in text.split(split) if word]


_Mode = Literal["binary", "count", "freq", "tfidf"]


class Tokenizer(Checked):
    """Texts as lists of word numbers: 1 is the most frequent word of the texts that it was fitted on.

    Args:
        num_words: keep the numbers below this alone; all when None.
        filters, lower, split: as for `text_to_word_sequence`.
        char_level: whether every character is a word.
        oov_token: the word for all that are not known, which has number 1 then; without it they are left out.
        document_count: how many texts were seen before.

    Attributes:
        word_index, index_word: the number of each word, and the word of each number.
        word_counts, word_docs: how often each word was seen, and in how many texts.

    Raises:
        TypeError: what is fitted is one text, not a list of them.

    Example:
        >>> tokenizer = Tokenizer(num_words=3)
        >>> tokenizer.fit_on_texts(["the cat sat", "the cat"])
        >>> tokenizer.texts_to_sequences(["the dog and the cat sat"])
        [[1, 1, 2]]
    """

    def __init__(
        self,
        num_words: Count | None = None,
        filters: str = PUNCTUATION,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
    ):
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token, self.document_count = char_level, oov_token, document_count
        self.word_counts: OrderedDict[str, int] = OrderedDict()
        self.word_docs: Counter[str] = Counter()
        self.index_docs: dict[int, int] = {}
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts, each a text or a list of words, and number them anew."""
        if isinstance(texts, str):
            raise TypeError(f"fit_on_texts expects a list of texts; received one: [{texts!r:.40}].")
        for words in map(self._words, texts):
            self.document_count += 1
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            self.word_docs.update(set(words))
        by_count = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)
        first = [] if self.oov_token is None else [self.oov_token]
        self.word_index = {word: number for number, word in enumerate(dict.fromkeys([*first, *by_count]), 1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        self.index_docs = {self.word_index[word]: count for word, count in self.word_docs.items()}

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """The numbers of the words of each text."""
        unknown = None if self.oov_token is None else self.word_index.get(self.oov_token)
        most = self.num_words or len(self.word_index) + 1
        found = []
        for words in map(self._words, texts):
            numbers = [self.word_index.get(word, most) for word in words]
            known = [number if number < most else unknown for number in numbers]
            found.append([number for number in known if number is not None])
        return found

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """The texts of lists of numbers; numbers that are not known are left out, or the `oov_token`."""
        most = self.num_words or len(self.word_index) + 1
        words = [[self.index_word.get(n) if n < most else self.oov_token for n in numbers] for numbers in sequences]
        return [" ".join(word or self.oov_token or "" for word in text if word or self.oov_token) for text in words]

    def texts_to_matrix(self, texts: Iterable[Any], mode: _Mode = "binary") -> NDArray[Any]:
        """A row for each text: see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    @checked
    def sequences_to_matrix(self, sequences: Any, mode: _Mode = "binary") -> NDArray[Any]:
        """A row for each list of numbers, with a column for each number.

        Args:
            sequences: lists of word numbers.
            mode: "binary" has a 1 for each word that is there, "count" how often it is, "freq" that as a share, and
                "tfidf" (1 + ln count) · ln(1 + texts / (1 + texts with the word)).

        Raises:
            ValueError: neither num_words was given nor texts were fitted.
        """
        columns = self.num_words or len(self.word_index) + 1
        if columns == 1:
            raise ValueError(
                "sequences_to_matrix expects num_words, or texts that were fitted: call fit_on_texts first."
            )
        matrix = np.zeros((len(sequences), columns))
        for row, numbers in zip(matrix, sequences):
            counts = Counter(number for number in numbers if number < columns)
            for number, count in counts.items():
                rarity = np.log(1 + self.document_count / (1 + self.index_docs.get(number, 0)))
                values = {"binary": 1.0, "count": count, "freq": count / len(numbers)}
                row[number] = (1 + np.log(count)) * rarity if mode == "tfidf" else values[mode]
        return matrix

    def _words(self, text):
        if isinstance(text, list | tuple) or self.char_level:
            return [part.lower() for part in text] if self.lower else list(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)


reading(Tokenizer)
