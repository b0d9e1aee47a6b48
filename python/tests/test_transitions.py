"""Steps that were decided: collected, written, read by the core, and learned from."""

from __future__ import annotations

import numpy as np
import pytest

import tightrope as tr

TINY_PRIOR = {
    "method": "denoising", "steps": 4, "batch_size": 32,
    "denoising": {"steps": 5, "network": {"width": 8, "layers": 1}},
}  # fmt: skip


def arrays(n=40, terminals=np.bool_):
    random = np.random.default_rng(0)
    states = random.normal(size=(n, 3))
    return {
        "observations": states,
        "actions": random.uniform(-2, 2, (n, 1)),
        "rewards": random.normal(size=n),
        "next_observations": states + 1,
        "terminals": (np.arange(n) % 10 == 9).astype(terminals),
    }


class Countdown:
    """Ends after five steps; the reward is minus the distance of the action to the state."""

    def __init__(self, terminates=True):
        self.terminates = terminates

    def reset(self, seed=None):
        self.left, self.state = 5, np.array([float(seed % 7)])
        return self.state, {}

    def step(self, action):
        self.left -= 1
        reward = -abs(float(action[0]) - self.state[0])
        self.state = self.state + 1
        over = self.left == 0
        return self.state, reward, over and self.terminates, over and not self.terminates, {}


def test_numpy_archives_are_read(tmp_path):
    path = tmp_path / "steps.npz"
    tr.transitions.save(path, **arrays())
    assert tr.densities.Actions(decisions={"data": str(path)}).describe()["conditions"] == 40
    np.savez(path, **arrays())  # as others write them, with truth values and 64-bit floats
    assert tr.densities.Actions(decisions={"data": str(path)}).dimension == 1
    np.savez_compressed(path, **arrays())
    with pytest.raises(tr.errors.ConfigError, match=r"compressed.*numpy\.savez"):
        tr.densities.Actions(decisions={"data": str(path)})


def test_a_folder_of_arrays_is_read(tmp_path):
    for name, array in arrays().items():
        np.save(tmp_path / f"{name}.npy", array)
    assert tr.densities.Actions(decisions={"data": str(tmp_path)}).dimension == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rewards": np.zeros(3)}, "as many rows in each"),
        ({"actions": np.zeros(40)}, "actions: expected 2 axes"),
        ({"speeds": np.zeros(40)}, "arrays: expected observations"),
    ],
)
def test_what_does_not_fit_is_not_written(change, message, tmp_path):
    with pytest.raises(tr.TightropeError, match=message):
        tr.transitions.save(tmp_path / "steps.npz", **{**arrays(), **change})
    with pytest.raises(tr.errors.ConfigError, match=r"\.npz"):
        tr.transitions.save(tmp_path / "steps", **arrays())


def test_collecting_begins_anew_where_an_episode_ends():
    for terminates in (True, False):
        found = tr.transitions.collect(Countdown(terminates), lambda x: x + 0.5, 12, seed=2)
        assert found["terminals"].tolist() == [0, 0, 0, 0, terminates] * 2 + [0, 0]
        assert found["observations"][[0, 5, 10], 0].tolist() == [2, 3, 4]
        np.testing.assert_allclose(found["next_observations"], found["observations"] + 1)
        np.testing.assert_allclose(found["rewards"], -0.5)


def test_a_policy_is_asked_once_for_all_environments():
    asked = []

    def policy(states):
        asked.append(len(states))
        return states + 1

    assert tr.transitions.returns([Countdown(), Countdown(False)], policy).tolist() == [-5, -5]
    assert asked == [2] * 5


def test_a_policy_is_followed_in_states_that_are_described(tmp_path):
    path = tmp_path / "steps.npz"
    tr.transitions.save(path, **arrays())
    decisions = {"data": str(path), "bound": 2.0, "critic": {"steps": 10, "width": 8}}
    prior = tr.train(tr.densities.Actions(decisions=decisions), **TINY_PRIOR, out=tmp_path / "p")
    value = tr.densities.ActionValue(decisions=decisions, temperature=2.0)
    run = tr.train(
        value, steps=2, batch_size=32, condition_repeats=8, objective="log-variance",
        prior={"run": str(tmp_path / "p")},
    )  # fmt: skip
    states = arrays()["observations"][[3, 30]]
    described, named = run.sample(6, features=states), run.sample(6, conditions=[3, 30])
    np.testing.assert_allclose(described.x, named.x, atol=1e-5)
    np.testing.assert_allclose(described.log_weights, named.log_weights, atol=1e-4)
    assert prior.sample(3, features=states).conditions.tolist() == [0, 1, 0]
    for features, message in [([1.0], r"\[n, columns\]"), ([[1.0]], "a state has 3")]:
        with pytest.raises(tr.TightropeError, match=message):
            run.sample(2, features=features)
    with pytest.raises(tr.errors.ConfigError, match="only denoising models"):
        tr.train("gaussian", steps=1).sample(2, features=[[1.0]])


def test_files_of_d4rl_are_read(tmp_path):
    h5py = pytest.importorskip("h5py")
    given = arrays(20)
    given["timeouts"] = np.arange(20) == 14
    next_states = given.pop("next_observations")
    with h5py.File(tmp_path / "x.hdf5", "w") as file:
        for name, array in given.items():
            file[name] = array
    found = tr.transitions.read_hdf5(tmp_path / "x.hdf5")
    kept = [row for row in range(20) if row != 14]
    np.testing.assert_array_equal(found["observations"], given["observations"][kept])
    # The row after a step that ended is of another episode; nothing is asked of it.
    inner = [row for row in range(19) if row != 14]
    np.testing.assert_array_equal(
        found["next_observations"][: len(inner)], given["observations"][np.add(inner, 1)]
    )
    tr.transitions.save(tmp_path / "x.npz", **found)
    with h5py.File(tmp_path / "x.hdf5", "a") as file:
        file["next_observations"] = next_states
    np.testing.assert_array_equal(
        tr.transitions.read_hdf5(tmp_path / "x.hdf5")["next_observations"], next_states
    )
    with pytest.raises(tr.errors.StorageError):
        tr.transitions.read_hdf5(tmp_path / "nowhere.hdf5")
