//! The Lambda behind POST /sign: hands out presigned wss:// URLs.
