//! What kind of market is this, knowing only the past?
