//! Yes with proof, or no with a number.
