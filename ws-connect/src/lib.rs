//! The Lambda behind $connect: admits a signed URL once, and remembers the connection.
