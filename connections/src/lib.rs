//! What is known of an open connection, and where it is kept.
