//! The fast payment system of a demo: makes a payment link as the bank would (static data, no network).

use domain::{
    billing::payment::FastPayments,
    ports::Later,
    values::{id::PaymentId, money::Money},
};

/// Links that lead nowhere, shaped as `qr.nspk.ru` shapes them.
#[derive(Debug, Clone, Copy)]
pub struct DemoBank;

impl FastPayments for DemoBank {
    fn register(&self, payment: PaymentId, sum: Money) -> Later<Result<String, String>> {
        let kopecks = (sum.amount() * rust_kopecks()).normalize();
        let link = format!(
            "https://qr.nspk.ru/{}?type=02&sum={kopecks}&cur=RUB",
            payment.uuid().simple().to_string().to_uppercase()
        );
        Box::pin(std::future::ready(Ok(link)))
    }
}

fn rust_kopecks() -> rust_decimal::Decimal {
    rust_decimal::Decimal::ONE_HUNDRED
}
