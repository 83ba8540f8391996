//! Stories in real Chromium: pages of an allowed and of any other origin, the client, and what happens to it.

mod any_story;
mod echo;
mod elsewhere;
mod example;
mod hand_over;
mod hour;
mod lines;
mod lost;
mod origins;
mod page;
mod refused;
mod secrets;
mod tamper;
mod trace;
