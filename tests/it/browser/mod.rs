//! Stories in real Chromium: pages of an allowed and of any other origin, the client, and what happens to it.

mod echo;
mod hand_over;
mod hour;
mod origins;
