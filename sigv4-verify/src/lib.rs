//! Verifies AWS Signature Version 4 on a request as it came over the wire.
