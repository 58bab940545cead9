//! Sees to it that `ui/dist` exists: the server embeds it, and builds without Node as well.

use std::{fs, io, path::Path};

/// What the server shows until the screens are built.
const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Callout</title>
<h1>The screens are not built</h1>
<p>The server works: see <a href=\"/api/health\">/api/health</a>. To build the screens, run in <code>web/ui</code>:</p>
<pre>npm ci
npm run build</pre>
<p>and build the server again.</p>
</html>
";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=ui/dist");
    let page = Path::new("ui/dist/index.html");
    if !page.exists() {
        fs::create_dir_all("ui/dist")?;
        fs::write(page, PLACEHOLDER)?;
    }
    Ok(())
}
