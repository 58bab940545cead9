//! The settings of telephony, checked, in the switchboard's own words.

use crate::{
    app::Extras,
    files,
    settings::{
        Settings,
        sip::{Numbers, Sip, Tls, Trunk},
    },
};
use anyhow::{Context, ensure};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use std::{path::Path, sync::Arc, time::Duration};
use telephony::{
    Apart, BindingFile, BindingKeeper, NumberForm, PhoneAccount, Tariff, TlsIdentity, TraceLimits, TrunkPeer,
};

/// What the switchboard is started with.
///
/// # Errors
/// A file of the certificate cannot be read, registrations cannot be kept, or a trunk contradicts itself; the text
/// names the key.
pub fn switchboard_settings(settings: &Settings, extras: &Extras) -> anyhow::Result<telephony::Settings> {
    let Sip { listen, public_ip, tcp_port, media_ports, webrtc_port, max_calls, .. } = settings.sip;
    let trunks = settings.trunk.iter().map(trunk).collect::<anyhow::Result<Vec<_>>>()?;
    let phones = settings.phone.iter().map(|p| PhoneAccount {
        user: p.user.clone(),
        password: p.password.clone(),
        name: p.user.clone(),
        secure_audio: p.secure_audio,
    });
    let folder = files::folder(settings);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let defaults = telephony::Settings::default();
    Ok(telephony::Settings {
        bind_ip: listen.ip(),
        sip_port: listen.port(),
        tcp_port,
        tls: settings.sip.tls.as_ref().map(identity).transpose()?,
        public_ip,
        trunks: trunks.into_iter().chain(extras.trunks.iter().cloned()).collect(),
        phones: phones.chain(extras.phones.iter().cloned()).collect(),
        media_ports,
        webrtc_port,
        max_calls,
        bindings: Some(keeper(settings.sip.registrations.as_deref().unwrap_or(&folder.join("phones")))?),
        ledger: Some(folder.join("calls")),
        spending: Some(folder.join("spent")),
        apart: settings.sip.media_process.then(|| apart(settings, &folder)),
        trace: TraceLimits {
            bytes: settings.sip.trace_mib << 20,
            numbers: settings.sip.trace_numbers,
            ..defaults.trace
        },
        ..defaults
    })
}

/// The audio's own process: this program once more, whatever has become of its file meanwhile.
fn apart(settings: &Settings, folder: &Path) -> Apart {
    Apart {
        socket: folder.join("media"),
        program: "/proc/self/exe".into(),
        arguments: vec!["media".into()],
        patience: Duration::from_secs(settings.sip.media_patience_seconds),
    }
}

/// The trunk that calls go out by, or its group: the first that takes calls out, else the first.
pub fn way_out(settings: &Settings, extras: &Extras) -> Option<String> {
    let leads_out = settings.trunk.iter().find(|trunk| trunk.outbound.is_some());
    let configured = leads_out.or(settings.trunk.first());
    let configured = configured.map(|trunk| trunk.group.clone().unwrap_or_else(|| trunk.name.clone()));
    configured.or_else(|| extras.trunks.first().map(|trunk| trunk.name.clone()))
}

fn trunk(t: &Trunk) -> anyhow::Result<TrunkPeer> {
    let name = &t.name;
    ensure!(
        t.outbound.is_some() || !t.registers,
        "trunk `{name}` has `registers` without `outbound`: expected the address of its registrar"
    );
    ensure!(
        t.outbound.is_some() || t.ask_seconds == 0,
        "trunk `{name}` has `ask_seconds` without `outbound`: expected the address that is asked"
    );
    ensure!(
        !t.registers || t.user.is_some(),
        "trunk `{name}` has `registers` without `user`: expected the name it knows us by"
    );
    ensure!(
        !t.ips.is_empty() || t.user.is_some() || t.outbound.is_some(),
        "trunk `{name}` can neither call nor be called: expected `ips`, `user` or `outbound`"
    );
    ensure!(
        t.money_per_day.is_none() || !t.tariffs.is_empty(),
        "trunk `{name}` has `money_per_day` without `tariffs`: expected what a minute costs"
    );
    let tariffs = t.tariffs.iter().map(|(prefix, price)| tariff(name, prefix, *price));
    Ok(TrunkPeer {
        tariffs: tariffs.collect::<anyhow::Result<Vec<_>>>()?,
        money_per_day: t
            .money_per_day
            .map(|money| hundredths(name, "money_per_day", money))
            .transpose()?
            .unwrap_or(0),
        name: name.clone(),
        allowed_ips: t.ips.clone(),
        outbound: t.outbound,
        user: t.user.clone(),
        password: t.password.clone(),
        dids: t.dids.clone(),
        group: t.group.clone(),
        priority: t.priority,
        weight: t.weight,
        max_calls: t.max_calls,
        calls_per_second: t.calls_per_second,
        form: match t.numbers {
            Numbers::Plus => NumberForm::Plus,
            Numbers::Digits => NumberForm::Digits,
            Numbers::Eight => NumberForm::Eight,
        },
        registers: t.registers,
        ask_every: Duration::from_secs(t.ask_seconds),
    })
}

fn tariff(trunk: &str, prefix: &str, price: Decimal) -> anyhow::Result<Tariff> {
    ensure!(
        prefix.bytes().all(|letter| letter.is_ascii_digit()),
        "trunk `{trunk}`: `tariffs` has `{prefix}`: expected first digits of numbers, country first and without a plus"
    );
    Ok(Tariff { prefix: prefix.to_owned(), per_minute: hundredths(trunk, "tariffs", price)? })
}

/// Money as the switchboard counts it.
fn hundredths(trunk: &str, key: &str, money: Decimal) -> anyhow::Result<u64> {
    let whole = (money * Decimal::ONE_HUNDRED).ceil().to_u64();
    whole.with_context(|| {
        format!("trunk `{trunk}`: `{key}` has `{money}`: expected an amount of money, 0 or more")
    })
}

fn identity(tls: &Tls) -> anyhow::Result<TlsIdentity> {
    let read = |key: &str, path: &Path| -> anyhow::Result<Arc<[u8]>> {
        let bytes = std::fs::read(path)
            .with_context(|| format!("`sip.tls.{key}` cannot be read: `{}`", path.display()))?;
        ensure!(
            bytes.windows(11).any(|part| part == b"-----BEGIN "),
            "`sip.tls.{key}` is no PEM: `{}`, expected text with `-----BEGIN`",
            path.display()
        );
        Ok(bytes.into())
    };
    Ok(TlsIdentity { port: tls.port, chain_pem: read("chain", &tls.chain)?, key_pem: read("key", &tls.key)? })
}

fn keeper(path: &Path) -> anyhow::Result<BindingKeeper> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| {
            format!("`sip.registrations` has no folder: cannot make `{}`", folder.display())
        })?;
    }
    ensure!(!path.is_dir(), "`sip.registrations` is a folder: `{}`, expected a file", path.display());
    Ok(BindingKeeper(Arc::new(BindingFile(path.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("house.toml");
        std::fs::write(&file, text).expect("written");
        Settings::read(Some(&file), std::iter::empty()).expect("valid")
    }

    fn refused(text: &str) -> String {
        let told = switchboard_settings(&settings(text), &Extras::default());
        format!("{:#}", told.expect_err("must be refused"))
    }

    #[test]
    fn a_whole_provider_is_read() {
        let text = "[sip]\ntcp_port = 5060\ntrace_numbers = true\n[[trunk]]\nname = \"city\"\nuser = \"u\"\n\
            password = \"p\"\ndids = [\"+74950000000\"]\noutbound = \"203.0.113.20:5060\"\nregisters = true\n\
            group = \"out\"\nmoney_per_day = \"3000\"\ntariffs = { 7 = \"1.50\", 375 = \"18\" }\nnumbers = \"eight\"\nask_seconds = 30\nmax_calls = 10\n\
            [[phone]]\nuser = \"101\"\npassword = \"s\"\nsecure_audio = true\n";
        let settings = settings(text);
        let board = switchboard_settings(&settings, &Extras::default()).expect("valid");
        assert_eq!(board.tcp_port, Some(5060));
        assert!(board.trace.numbers && board.phones[0].secure_audio);
        let trunk = &board.trunks[0];
        assert!(trunk.registers && trunk.outbound.is_some() && trunk.form == NumberForm::Eight);
        assert_eq!((trunk.money_per_day, trunk.tariffs[1].per_minute), (300_000, 150));
        assert_eq!((trunk.ask_every, trunk.max_calls), (Duration::from_secs(30), 10));
        assert_eq!(way_out(&settings, &Extras::default()).as_deref(), Some("out"));
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_the_name_of_its_key() {
        let trunk = "[[trunk]]\nname = \"city\"\ndids = []\n";
        assert!(refused(&format!("{trunk}registers = true\n")).contains("`registers` without `outbound`"));
        assert!(
            refused(&format!("{trunk}ips = [\"10.0.0.1\"]\nask_seconds = 5\n")).contains("`ask_seconds`")
        );
        assert!(refused(trunk).contains("can neither call nor be called"));
        let paid = format!("{trunk}outbound = \"10.0.0.1:5060\"\nmoney_per_day = \"100\"\n");
        assert!(refused(&paid).contains("`money_per_day` without `tariffs`"));
        assert!(refused(&format!("{paid}tariffs = {{ \"+7\" = \"1.5\" }}\n")).contains("`tariffs` has `+7`"));
        assert!(refused(&format!("{paid}tariffs = {{ 7 = \"-1\" }}\n")).contains("`tariffs` has `-1`"));
        let out = format!("{trunk}outbound = \"10.0.0.1:5060\"\nregisters = true\n");
        assert!(refused(&out).contains("`registers` without `user`"));
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_told_by_its_key() {
        let text = "[sip.tls]\nport = 5061\nchain = \"/nowhere/chain.pem\"\nkey = \"/nowhere/key.pem\"\n";
        assert!(refused(text).starts_with("`sip.tls.chain` cannot be read: `/nowhere/chain.pem`"));
        let folder = tempfile::tempdir().expect("a folder");
        let chain = folder.path().join("chain.pem");
        std::fs::write(&chain, "hello").expect("written");
        let text = format!("[sip.tls]\nport = 5061\nchain = {0:?}\nkey = {0:?}\n", chain);
        assert!(refused(&text).contains("`sip.tls.chain` is no PEM"));
    }

    #[test]
    fn registrations_are_kept_where_the_settings_say() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kept/phones");
        let text = format!("[sip]\nregistrations = {file:?}\n");
        let board = switchboard_settings(&settings(&text), &Extras::default()).expect("valid");
        assert!(board.bindings.is_some() && folder.path().join("kept").is_dir());
        assert!(refused(&format!("[sip]\nregistrations = {:?}\n", folder.path())).contains("is a folder"));
    }
}
