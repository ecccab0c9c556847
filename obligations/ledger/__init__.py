"""What each verdict rests on, in a committed file.

``graph`` follows lemmas to axioms, ``records`` says what is kept, ``lock`` is its text, ``compare`` and ``audit`` find
what has changed or is weak, ``evidence`` says what speaks for an axiom.
"""
