"""From goals to verdicts: solvers, limits, cache, counterexamples."""
