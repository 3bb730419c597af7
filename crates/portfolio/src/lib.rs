//! How capital is shared among opinions.
