//! `countersign explain`: for each way in which a URL breaks, the first finding names it; what botocore signs passes;
//! and nothing that it prints holds a token, a signature or a secret key.

mod agreement;
mod broken;
mod changes;
mod command;
mod domains;
mod random;
mod traps;
mod url;
mod ws_connect;
