//! The Lambda behind $disconnect: forgets the connection.
