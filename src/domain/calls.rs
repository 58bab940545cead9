//! Conversations: the call, the queue that offers it, the operators, the tasks to call back.

pub mod call;
pub mod callback;
pub mod line;
pub mod operator;
