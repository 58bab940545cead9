//! Conversations: the call, the plan and the line that bring callers to operators, the operators, the tasks to
//! call back.

pub mod call;
pub mod call_plan;
pub mod callback;
pub mod distribution;
pub mod line;
pub mod menu;
pub mod operator;
pub mod standing;
pub mod status_prompts;
pub mod wait_estimate;
pub mod wallboard;
