"""Train a ReLU RNN of torch on the 2-bit flip-flop, and save it as net.pt.

    python train_flipflop.py              48 hidden units
    python train_flipflop.py 128          128 hidden units
    plrnn-manifolds analyze net.pt --budget 120 --open

The task: a pulse of 1 or -1 arrives now and then on each of two channels; hold the sign of the last pulse of each.
"""
import sys

import numpy as np
import torch
from torch import nn


class FlipFlop(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.rnn = nn.RNN(2, n_hidden, nonlinearity="relu", batch_first=True)
        self.out = nn.Linear(n_hidden, 2)
        nn.init.orthogonal_(self.rnn.weight_hh_l0, gain=0.9)
        nn.init.normal_(self.rnn.weight_ih_l0, std=0.5)

    def forward(self, s, noise=0.0):
        "Outputs (n, T, 2) for pulses s (n, T, 2); the same as out(rnn(s)), with noise on every unit."
        w, h, states = self.rnn, torch.zeros(len(s), self.rnn.hidden_size), []
        drive = s @ w.weight_ih_l0.T + w.bias_ih_l0 + w.bias_hh_l0
        for x in (drive + noise * torch.randn(drive.shape)).unbind(1):
            h = torch.relu(x + h @ w.weight_hh_l0.T)
            states.append(h)
        return self.out(torch.stack(states, 1))


def trials(n, T, rate, rng):
    "Pulses (n, T, 2) of -1, 0 and 1, and the bits (n, T, 2) to hold."
    here, sign = rng.random((n, T, 2)) < rate, rng.choice([-1.0, 1.0], (n, T, 2))
    here[:, 0] = True
    last = np.maximum.accumulate(np.where(here, np.arange(T)[:, None], 0), axis=1)
    return [torch.tensor(x, dtype=torch.float32) for x in (here * sign, np.take_along_axis(sign, last, axis=1))]


def train(n_hidden=48, n_steps=1500, seed=0, noise=0.05):
    "A trained network, and the share of bits it holds in new trials that are five times as long."
    torch.manual_seed(seed)
    rng, net = np.random.default_rng(seed), FlipFlop(n_hidden)
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=1e-4)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=n_steps)
    for step in range(n_steps):
        pulses, bits = trials(32, 40, 0.1, rng)
        loss = ((net(pulses, noise) - bits) ** 2).mean()              # noise: memories have to attract
        optimiser.zero_grad(); loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step(); rate.step()
        if (step + 1) % 250 == 0: print(f"step {step + 1} of {n_steps}: loss {loss.item():.1e}")
    pulses, bits = trials(100, 200, 0.02, rng)
    with torch.no_grad(): return net, float((net(pulses).sign() == bits).float().mean())


if __name__ == "__main__":
    n_hidden = int(sys.argv[1]) if len(sys.argv) > 1 else 48
    net, right = train(n_hidden)
    torch.save(dict(nonlinearity="relu", state_dict=net.state_dict()), "net.pt")
    print(f"{n_hidden} units, {right:.2%} of the bits right; saved as net.pt")
