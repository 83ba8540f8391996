//! Signs a WebSocket URL with AWS Signature Version 4, as a pure function.
