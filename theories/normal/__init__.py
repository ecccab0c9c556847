"""Normal forms of terms: beta, integer and ring polynomials, sums, extended reals."""
