//! The signature of an event: HMAC-SHA256 over its identity, the time and its body.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};

/// The header `webhook-signature` for an event that is sent at a time, in seconds since the epoch.
///
/// # Errors
/// The secret is not `whsec_` and base64.
pub fn signature(secret: &str, id: &str, at: u64, body: &str) -> Result<String, String> {
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let key = key.ok_or("the secret of the link is none: expected `whsec_` and base64")?;
    let signed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), format!("{id}.{at}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(signed)))
}

/// The same by several secrets, with spaces between: the other side takes the event when it knows one of them.
///
/// # Errors
/// One of the secrets is not `whsec_` and base64.
pub fn signatures(secrets: &[String], id: &str, at: u64, body: &str) -> Result<String, String> {
    let signed: Result<Vec<_>, _> = secrets.iter().map(|secret| signature(secret, id, at, body)).collect();
    Ok(signed?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_comes_out() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = r#"{"test": 2432232314}"#;
        let signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed.as_deref(), Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert!(signature("MfKQ", "a", 1, "").is_err() && signature("whsec_*", "a", 1, "").is_err());
    }
}
