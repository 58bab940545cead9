//! Conversations: the call, the plan and the line that bring callers to operators, the operators, the tasks to
//! call back.

pub mod auto_dial;
pub mod call;
pub mod call_event;
pub mod call_plan;
pub mod callback;
pub mod campaign;
pub mod distribution;
pub mod keys;
pub mod line;
pub mod menu;
pub mod operator;
pub mod outside;
pub mod recording;
pub mod report;
pub mod sounded;
pub mod standing;
pub mod status_prompts;
pub mod trace;
pub mod wait_estimate;
pub mod wallboard;
pub mod wrap_up;
