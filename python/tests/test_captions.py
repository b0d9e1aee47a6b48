"""Pictures and captions: what a user's reward is given, and what comes of it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import tightrope as tr

SHAPES = {"edge": 6, "count": 600}


@pytest.fixture(scope="module")
def shapes():
    return tr.densities.CaptionedShapes(shapes=SHAPES)


@pytest.fixture(scope="module")
def prior(shapes, tmp_path_factory):
    path = tmp_path_factory.mktemp("prior") / "prior.safetensors"
    run = tr.train(
        shapes, method="denoising", steps=500, batch_size=128, seed=0,
        optimizer={"learning_rate": 4e-3, "schedule": "cosine"},
        denoising={
            "steps": 8, "schedule": "cosine", "prediction": "data", "average_decay": 0.99,
            "least_deviation": 0.1, "network": {"width": 48, "layers": 2},
        },
    )  # fmt: skip
    run.save(path)
    return run, str(path)


def brightness(pictures, captions):
    """Say how bright pictures are, in the colour that the caption asks for."""
    channel = [{"red": 0, "green": 1, "blue": 2, "yellow": 0}[text.split()[2]] for text in captions]
    return 60 * pictures.mean(axis=(1, 2))[np.arange(len(pictures)), channel]


def test_a_reward_is_given_pictures_and_their_captions(shapes):
    seen = []

    def reward(pictures, captions):
        seen.append((pictures, captions))
        return pictures.sum(axis=(1, 2, 3))

    x = np.zeros((3, 108), dtype=np.float32)
    x[0, :3] = [1, -1, 3]
    values = shapes.constraint(reward).log_density(x, [0, 119, 7])
    ((pictures, captions),) = seen
    assert captions == [shapes.captions[number] for number in (0, 119, 7)]
    assert pictures.shape == (3, 6, 6, 3)
    assert pictures[0, 0, 0].tolist() == [1, 0, 1]
    np.testing.assert_allclose(values, [54.5, 54, 54], rtol=1e-6)
    assert shapes.pictures(x).tolist() == pictures.tolist()


def test_captions_are_different_and_of_seven_words(shapes):
    assert len(set(shapes.captions)) == 120
    assert all(len(caption.split()) == 7 for caption in shapes.captions)
    assert shapes.describe()["training_conditions"] == 108


def test_the_prior_reads_captions_of_a_constraint_as_its_own(shapes, prior):
    run, path = prior
    start = tr.train(shapes.constraint(brightness), steps=0, prior=path, batch_size=40)
    for caption in (2, 117):
        own = run.sample(20, seed=3, conditions=[caption])
        other = start.sample(20, seed=3, conditions=[caption])
        assert own.x.tobytes() == other.x.tobytes()


def test_a_posterior_has_more_of_the_reward_for_captions_it_has_not_seen(shapes, prior):
    constraint = shapes.constraint(brightness)
    common = {
        "batch_size": 64, "condition_repeats": 16, "seed": 1, "objective": "log-variance",
        "optimizer": {"learning_rate": 4e-3, "schedule": "cosine", "clip_norm": 10.0},
        "prior": {"run": prior[1], "initialize": "lora", "lora_rank": 16, "lora_alpha": 16.0},
    }  # fmt: skip
    start = tr.train(constraint, steps=0, **common).sample(6000, seed=2)
    run = tr.train(constraint, steps=100, **common)
    draws = run.sample(1200, seed=2)
    assert set(draws.conditions) == set(range(108, 120))
    # What weighting the prior's draws by the reward gains, caption by caption.
    values = start.log_density.reshape(-1, 12)
    weights = np.exp(values - values.max(axis=0))
    best = (weights * values).sum(axis=0) / weights.sum(axis=0) - values.mean(axis=0)
    gain = draws.log_density.mean() - start.log_density.mean()
    assert 0.6 * best.mean() < gain < 1.4 * best.mean()


def test_a_reward_travels_to_other_processes(shapes):
    made = pickle.loads(pickle.dumps(shapes.constraint(brightness)))
    x = np.full((1, 108), 0.5, dtype=np.float32)
    assert made.name == "brightness"
    np.testing.assert_allclose(made.log_density(x, 5), [45.0], rtol=1e-6)


def test_a_wrong_reward_is_named(shapes):
    with pytest.raises(tr.errors.ConfigError, match="reward: expected a callable"):
        shapes.constraint(3)
    wrong = shapes.constraint(lambda pictures, captions: pictures[:, 0, 0])
    with pytest.raises(tr.errors.ShapeError, match=r"expected to return shape \[2\]"):
        wrong.log_density(np.zeros((2, 108)))
