"""What attention and characters claim, measured again on other seeds."""

import json

import numpy as np
import pytest
from claims.ledger import SEEDS, claims, of_page
from places import REFERENCE

import mininn as mn

PAGE = (
    "draw_words",
    "hot",
    "walk",
    "softmax",
    "slope",
    "right",
    "stacked",
    "dense",
    "dense_gradients",
    "trained",
    "attend",
    "over_all",
    "attend_back",
    "model",
    "gradients",
    "begin",
)


@pytest.fixture(scope="module")
def page():
    """The functions of the chapter, its words and the new ones."""
    found = dict(zip(PAGE, of_page("attention", *PAGE), strict=True))
    found["walk"].__globals__.update(c=8, T=6)
    new = found["draw_words"](500, 99)
    old = {seed: found["draw_words"](50, 2000 + seed) for seed in SEEDS}
    return found | {"new": new, "old": old}


def shares(page, mask=0, without=()):
    """The share of new letters that a head gets right, for each seed."""
    for seed in SEEDS:
        start = {
            k: x for k, x in page["begin"](seed).items() if k not in without
        }
        p = page["trained"](
            start,
            lambda p, ids: page["gradients"](p, ids, mask),
            page["old"][seed],
        )
        yield page["right"](
            page["model"](p, page["new"], mask)[0], page["new"]
        )


@claims(
    "attention",
    "It learns all of them.",
    "Of ten trainings, each with 50 words of its own, none gets half of the "
    "letters right.",
)
def test_a_dense_layer_learns_words_and_not_the_rule(page):
    for seed in SEEDS:
        ids = page["old"][seed]
        nothing = {"W": np.zeros((48, 48))}
        p = page["trained"](nothing, page["dense_gradients"], ids)
        assert page["right"](page["dense"](p, ids), ids) == 1
        assert page["right"](page["dense"](p, page["new"]), page["new"]) < 0.45


@pytest.mark.whole
@claims(
    "attention",
    "with 672 weights instead of 2,304: nearly every letter of new words.",
    "In this run the map and the answers come together",
)
def test_a_head_learns_the_rule_from_fifty_words(page):
    found = [*shares(page)]
    assert np.median(found) > 0.98
    assert sum(share > 0.9 for share in found) >= 9
    assert sum(x.size for x in page["begin"](0).values()) == 672
    for seed in SEEDS:  # the map and the answers, in the course of training
        steps = [
            *page["walk"](
                page["begin"](seed),
                lambda p, ids=page["old"][seed]: page["gradients"](p, ids),
            )
        ]
        maps, letters = [], []
        for p in steps[::5]:
            Z, _, cache = page["model"](p, page["new"])
            maps.append(np.diag(cache[-1].mean(axis=0)[::-1]).mean())
            letters.append(page["right"](Z, page["new"]))
        assert np.corrcoef(maps, letters)[0, 1] > 0.95


@pytest.mark.whole
@claims(
    "attention",
    "Each place for itself is guessing",
    "knows which letters the word has, and that beats guessing, but not "
    "where they stand.",
)
def test_without_positions_or_without_attention_little_is_learned(page):
    blind = [*shares(page, without=("R",))]
    assert 0.25 < min(blind)
    assert max(blind) < 0.45
    single = [*shares(page, mask=np.where(np.eye(6), 0, -np.inf))]
    assert abs(np.median(single) - 1 / 8) < 0.02
    assert max(single) < 0.17


@claims(
    "attention",
    "Without the root, a wide head is sure of itself before it has learned "
    "anything.",
    "$dS$ almost vanishes, and with it all that $W_q$ and $W_k$ could learn.",
)
def test_without_the_root_the_weights_saturate_and_gradients_fade():
    rng = np.random.default_rng(100)
    for d_k in (64, 256):
        q, k = rng.standard_normal((2, 1000, d_k, 6))
        S = np.einsum("mei,mej->mji", q, k)[:, :, 0].T
        tops, slopes = [], []
        for scores in (S, S / np.sqrt(d_k)):
            P = mn.softmax(scores)
            dP = np.random.default_rng(1).standard_normal(P.shape)
            dS = P * (dP - (P * dP).sum(axis=0))
            tops.append(np.median(P.max(axis=0)))
            slopes.append(np.median(np.abs(dS).max(axis=0)))
        assert tops[0] > 0.95
        assert tops[1] < 0.5
        assert slopes[0] < slopes[1] / 5


@claims(
    "attention",
    "Shapes agree, and a backward pass derived for it passes the check.",
    "The forbidden weights are 0, but the denominator has seen their scores.",
)
def test_the_wrong_axis_has_gradients_that_pass_and_a_leak():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        S, dP = rng.standard_normal((2, 4, 4))
        P = mn.softmax(S.T).T
        dS = P * (dP - (P * dP).sum(axis=1, keepdims=True))
        numeric = mn.numerical_gradient(
            lambda S, dP=dP: (mn.softmax(S.T).T * dP).sum(), S
        )
        assert mn.relative_error(dS, numeric) < 1e-8
        late = np.tri(4, k=-1, dtype=bool)
        other = S + np.eye(4)[3][:, np.newaxis]  # of the last key
        weights = [np.where(late, 0, mn.softmax(x)) for x in (S, other)]
        assert not np.allclose(weights[0][:, 0], weights[1][:, 0])


def test_the_story_is_the_one_described():
    story = json.loads((REFERENCE / "alice.json").read_text("utf-8"))
    assert set(story) == {
        "title",
        "author",
        "published",
        "licence",
        "source",
        "text",
    }
    assert story["licence"].startswith("Public domain")
    assert len(story["text"].encode()) < 20_000
    assert story["text"].startswith("Alice was beginning to get very tired")
    assert story["text"].isascii()
    assert "Gutenberg" not in story["text"]


@pytest.mark.weekly
@claims(
    "further/characters",
    "from guessing to well below the bigrams, about where the trigrams are.",
    "Ten other starts, which the test of this page trains, all end within "
    "0.1 of the trigrams.",
)
def test_the_language_model_comes_to_the_trigrams():
    names = (
        "softmax",
        "mask",
        "over_all",
        "over_columns",
        "layer",
        "layer_back",
        "scores",
        "cost",
        "gradients",
        "begin",
        "walk",
        "judge",
        "counts",
        "bigrams",
        "trigrams",
        "cost_of",
    )
    page = dict(zip(names, of_page("further/characters", *names), strict=True))
    story = json.loads((REFERENCE / "alice.json").read_text("utf-8"))
    text = " ".join(story["text"].split()).lower()
    symbols = sorted(set(text))
    ids = np.array([symbols.index(s) for s in text])
    cut = 9 * len(ids) // 10
    page["cost"].__globals__.update(
        c=len(symbols), cut=cut, learn=ids[:cut], held=ids[cut:]
    )
    two = page["cost_of"](page["bigrams"](0.1), 2)
    three = page["cost_of"](page["trigrams"](0.1, 8), 3)
    assert three < two - 0.3
    for seed in SEEDS:
        *_, p = page["walk"](seed)
        start = page["judge"](page["begin"](seed), ids[cut:])
        assert abs(start - np.log(len(symbols))) < 0.1
        assert abs(page["judge"](p, ids[cut:]) - three) < 0.1
