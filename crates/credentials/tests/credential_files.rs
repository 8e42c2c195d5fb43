//! Each family of credential files: what is told of it, and the templates of which nothing is told.

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{check, silent};
use credentials::Credentials;

/// A password that no rule of another scanner takes for one.
const WORD: &str = concat!("k3pt-", "s3cr3t");

#[test]
fn npm_and_yarn() {
    let text = format!(
        "registry=https://npm.example.com/\n//npm.example.com/:_authToken={WORD}\n_auth={}\n",
        STANDARD.encode("ann:pw1234")
    );
    check(
        "root/.npmrc",
        &text,
        &[
            "high npm-token 2 token for npm.example.com",
            "high npm-token 3 password of user ann for the npm registry",
        ],
    );
    silent("root/.npmrc", "//npm.example.com/:_authToken=${NPM_TOKEN}\nfund=false\n");
    check(
        "app/.yarnrc.yml",
        &format!("npmScopes:\n  x:\n    npmAuthToken: {WORD}\n"),
        &["high npm-token 3 token for x"],
    );
}

#[test]
fn docker() {
    let auth = STANDARD.encode(format!("ann:{WORD}"));
    let text = format!(
        "{{\"auths\": {{\"r.example.com\": {{\"auth\": \"{auth}\"}},\n\"s\": {{\"identitytoken\": \"{WORD}\"}}}}}}"
    );
    let expected = [
        "high docker-registry-login 1 registry login of user ann for r.example.com",
        "high docker-registry-login 2 registry token for s",
    ];
    check("root/.docker/config.json", &text, &expected);
    check("kaniko/.docker/config.json", &text, &expected);
    silent(
        "root/.docker/config.json",
        "{\"auths\": {\"r.example.com\": {}}, \"credHelpers\": {\"r\": \"ecr-login\"}, \"credsStore\": \"pass\"}",
    );
    silent("app/config.json", "{\"auth\": \"YW5uOnB3\", \"password\": true}");
}

#[test]
fn netrc_pgpass_and_mysql() {
    check(
        "root/.netrc",
        &format!("machine h.example.com\n login ann\n password {WORD}\n"),
        &["high netrc-password 3 password of user ann for h.example.com"],
    );
    silent("root/.netrc", "machine h login ann password $TOKEN\n");
    check(
        "root/.pgpass",
        &format!("# c\ndb.example.com:5432:*:ann:a\\:{WORD}\n"),
        &["high database-password 2 password of user ann for db.example.com"],
    );
    check(
        "root/.my.cnf",
        &format!("[client]\nuser=ann\nhost=db\npassword=\"{WORD}\"\n"),
        &["high database-password 4 password of user ann for db"],
    );
    silent("etc/mysql/my.cnf", "[client]\n# password = your_password\nport = 3306\npassword =\n");
    let blocks = [&[0; 24][..], &[16, 0, 0, 0], &[1; 16], &[32, 0, 0, 0], &[2; 32]].concat();
    let hits = common::examine("root/.mylogin.cnf", &blocks);
    assert_eq!(common::told(&hits), ["high database-password - logins of MySQL in a login path file"]);
}

#[test]
fn git() {
    check(
        "root/.git-credentials",
        &format!("https://ann:{WORD}@git.example.com\n"),
        &["high git-credentials 1 password of user ann for git.example.com"],
    );
    let text = format!(
        "[remote \"origin\"]\n\turl = https://ann:{WORD}@git.example.com/x.git\n[user]\n\tname = x\n"
    );
    check(
        "src/.git/config",
        &text,
        &["high git-credentials 2 password in an address of user ann for git.example.com"],
    );
    silent(
        "src/.git/config",
        "[remote \"origin\"]\n\turl = https://git.example.com/x.git\n\turl = git@git.example.com:x/y.git\n",
    );
    check(
        "root/.config/gh/hosts.yml",
        &format!("github.com:\n    user: ann\n    oauth_token: {WORD}\n"),
        &["high git-credentials 3 token of user ann for github.com"],
    );
}

#[test]
fn clouds() {
    check(
        "root/.aws/credentials",
        &format!("[prod]\naws_access_key_id = A\naws_secret_access_key = {WORD}\n"),
        &["high aws-secret-key 3 secret key of AWS of user A for prod"],
    );
    silent(
        "root/.aws/credentials",
        "[prod]\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    );
    let google = format!(
        "{{\"client_id\": \"x.apps.googleusercontent.com\",\n\"client_secret\": \"{WORD}\",\n\"type\": \"authorized_user\"}}"
    );
    check(
        "root/.config/gcloud/application_default_credentials.json",
        &google,
        &["high gcp-key 2 client secret of Google Cloud of user x.apps.googleusercontent.com"],
    );
    check(
        "root/.azure/accessTokens.json",
        &format!("[{{\"userId\": \"ann\", \"refreshToken\": \"{WORD}\"}}]"),
        &["high azure-token 1 refresh token of Azure of user ann"],
    );
    let kube = format!(
        "clusters:\n- cluster:\n    server: https://k.example.com\nusers:\n- name: admin\n  user:\n    token: {WORD}\n"
    );
    check(
        "root/.kube/config",
        &kube,
        &["high kubernetes-login 7 token of user admin for https://k.example.com"],
    );
    check(
        "x/heroku.json",
        &format!("{{\"HEROKU_API_KEY\": \"{WORD}\"}}"),
        &["high cloud-token 1 API key of Heroku"],
    );
    check(
        "root/.s3cfg",
        &format!("[default]\naccess_key = A\nsecret_key = {WORD}\n"),
        &["high storage-key 3 secret key for default"],
    );
    check(
        "root/rclone.conf",
        &format!("[box]\ntype = sftp\nuser = ann\npass = {WORD}\n"),
        &["high storage-key 4 password of user ann for sftp"],
    );
    check("root/.vault-token", &format!("hvs.{WORD}{WORD}"), &["high cloud-token 1 token in .vault-token"]);
}

#[test]
fn frameworks() {
    let wp = format!(
        "<?php\ndefine('DB_USER', 'ann');\ndefine( 'DB_PASSWORD', '{WORD}' );\ndefine('AUTH_KEY', 'put your unique phrase here');\n"
    );
    check("srv/wp-config.php", &wp, &["high database-password 3 password of user ann"]);
    silent("srv/wp-config-sample.php", "<?php\ndefine( 'DB_PASSWORD', 'password_here' );\n");
    silent(
        "srv/config.php",
        "<?php\nreturn ['password' => env('DB_PASSWORD', ''), 'token' => getenv('T')];\n'password' => 'required|confirmed',\n",
    );
    check(
        "app/settings.py",
        &format!("SECRET_KEY = '{WORD}'\nDATABASES = {{\n 'USER': 'ann',\n 'PASSWORD': '{WORD}x',\n}}\n"),
        &[
            "medium framework-secret-key 1 secret key of a Django or Flask application",
            "high database-password 4 password of user ann",
        ],
    );
    silent(
        "app/settings.py",
        "SECRET_KEY = os.environ['KEY']\nAUTH_PASSWORD_VALIDATORS = [{'NAME': 'x'}]\npassword_label = 'Password'\nPASSWORD = ''\n",
    );
    check(
        "app/config/database.yml",
        &format!(
            "production:\n  username: ann\n  host: db\n  password: {WORD}\ndevelopment:\n  password: <%= ENV['P'] %>\n"
        ),
        &["high database-password 4 password of user ann for db"],
    );
    check(
        "app/config/master.key",
        &"0a1b".repeat(8),
        &["medium framework-secret-key 1 key of the encrypted credentials of a Rails application"],
    );
    check(
        "app/application.properties",
        &format!("spring.datasource.username=ann\nspring.datasource.password={WORD}\n"),
        &["high database-password 2 password of user ann for spring.datasource"],
    );
    check(
        "app/appsettings.json",
        &format!("{{\"ConnectionStrings\": {{\"Main\": \"Server=db;User Id=sa;Password={WORD}\"}}}}"),
        &["high database-password 1 password of user sa for db"],
    );
}

#[test]
fn environments() {
    let text = format!(
        "APP=x\nexport DB_PASSWORD='{WORD}'\nDATABASE_URL=postgres://ann:{WORD}2@db.example.com/x\nPASSWORD_FILE=/run/secrets/p\nEMPTY_PASSWORD=\nREF_TOKEN=$TOKEN\n"
    );
    check(
        "app/.env",
        &text,
        &[
            "high environment-secret 2 password in variable DB_PASSWORD",
            "high environment-secret 3 password in DATABASE_URL of user ann for db.example.com",
        ],
    );
    silent("app/.env.example", &text);
    check(
        "root/.bashrc",
        &format!("# x\nexport API_TOKEN={WORD}\nalias l=ls\n"),
        &["high environment-secret 2 token in variable API_TOKEN"],
    );
    check(
        "docker-compose.yml",
        &format!("services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: {WORD}\n"),
        &["high environment-secret 4 password in variable POSTGRES_PASSWORD"],
    );
    check(
        "docker-compose.yml",
        &format!(
            "services:\n  db:\n    environment:\n      - MYSQL_ROOT_PASSWORD={WORD}\n      - MYSQL_PASSWORD=${{P}}\n"
        ),
        &["high environment-secret 4 password in variable MYSQL_ROOT_PASSWORD"],
    );
    let hits =
        Credentials::new().examine_environment(&["PATH=/bin".to_owned(), format!("APP_PASSWORD={WORD}")]);
    assert_eq!(common::told(&hits), ["high environment-secret 2 password in variable APP_PASSWORD"]);
}

#[test]
fn accounts_and_hashes() {
    let hash = format!("$6$saltsalt${}", "a".repeat(86));
    let text = format!(
        "root:*:1:0:99999:7:::\nann:{hash}:1:0:99999:7:::\nbob:!{hash}:1::::::\neve::1:0:99999:7:::\nmal:!!:1::::::\nroot2:x:1::::::\n"
    );
    check(
        "etc/shadow",
        &text,
        &[
            "medium password-hash 2 user ann has a baked password (SHA-512)",
            "high empty-password 4 user eve has an empty password",
        ],
    );
    check(
        "etc/shadow",
        &format!("root:{hash}:1:0:99999:7:::\n"),
        &["high password-hash 1 user root has a baked password (SHA-512)"],
    );
    silent("etc/shadow", "root:*:1:0:99999:7:::\nbin:!:1::::::\n");
    silent("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nsync::1:1::/:/usr/sbin/nologin\n");
    check(
        "etc/passwd",
        "toor::0:0::/root:/bin/sh\n",
        &["high empty-password 1 user toor has an empty password"],
    );
    silent("etc/gshadow", "root:*::\nadm:!::\nstaff:::\n");
    check(
        "srv/.htpasswd",
        &format!("ann:$apr1$salt1234${}\n", "b".repeat(22)),
        &["medium password-hash 1 Apache MD5 password hash of user ann"],
    );
    check(
        "backup.sql",
        &format!("INSERT INTO u VALUES (1,'$2y$12${}');\n", "c".repeat(53)),
        &["medium dumped-password-hash 1 bcrypt password hash in a dump of a database"],
    );
}

#[test]
fn packages_and_build_servers() {
    check(
        "root/.pypirc",
        &format!("[pypi]\nusername: ann\npassword: {WORD}\n"),
        &["high package-registry-login 3 password of user ann for pypi"],
    );
    check(
        "etc/pip.conf",
        &format!("[global]\nindex-url = https://ann:{WORD}@p.example.com/simple\n"),
        &["high package-registry-login 2 password in an address of user ann for p.example.com"],
    );
    check(
        "root/.cargo/credentials.toml",
        &format!("[registry]\ntoken = \"{WORD}\"\n"),
        &["high package-registry-login 2 token of a Cargo registry for registry"],
    );
    check(
        "root/.gem/credentials",
        &format!("---\n:rubygems_api_key: {WORD}{WORD}\n"),
        &["high package-registry-login 2 gem server login rubygems_api_key"],
    );
    check(
        "root/.composer/auth.json",
        &format!(
            "{{\"http-basic\": {{\"h.example.com\": {{\"username\": \"ann\", \"password\": \"{WORD}\"}}}}}}"
        ),
        &["high package-registry-login 1 password of Composer of user ann for h.example.com"],
    );
    let nuget = format!(
        "<configuration><packageSourceCredentials><Feed>\n<add key=\"ClearTextPassword\" value=\"{WORD}\"/></Feed></packageSourceCredentials></configuration>"
    );
    check("root/NuGet.Config", &nuget, &["high package-registry-login 2 password of NuGet for Feed"]);
    let maven = format!(
        "<settings><servers><server><id>nexus</id><username>ann</username>\n<password>{WORD}</password></server></servers></settings>"
    );
    check(
        "root/.m2/settings.xml",
        &maven,
        &["high package-registry-login 2 password of Maven of user ann for nexus"],
    );
    silent(
        "root/.m2/settings.xml",
        "<settings><servers><server><id>n</id><password>${env.P}</password></server></servers></settings>",
    );
    check(
        "root/.gradle/gradle.properties",
        &format!("nexusPassword={WORD}\norg.gradle.jvmargs=-Xmx1g\n"),
        &["high package-registry-login 1 password in property nexusPassword"],
    );
    let jenkins = format!(
        "<x><c><id>deploy</id><username>ann</username>\n<password>{{AQAAABAAAAAQ{WORD}}}</password></c></x>"
    );
    check(
        "var/jenkins_home/credentials.xml",
        &jenkins,
        &["high ci-credentials 2 password kept by Jenkins of user ann for deploy"],
    );
}

#[test]
fn terraform_state_and_variables() {
    let state = format!(
        "{{\"outputs\": {{\"db\": {{\"value\": \"{WORD}\",\n \"sensitive\": true}}, \"ip\": {{\"value\": \"192.0.2.1\"}}}},\n\
         \"resources\": [{{\"type\": \"aws_db_instance\", \"instances\": [{{\"attributes\": {{\n\"username\": \"ann\", \"password\": \"{WORD}2\"}}}}]}}]}}"
    );
    check(
        "x/terraform.tfstate",
        &state,
        &[
            "high terraform-secret 1 sensitive output db in Terraform state",
            "high terraform-secret 4 password password in Terraform state",
        ],
    );
    check(
        "x/prod.tfvars",
        &format!("region = \"x\"\ndb_password = \"{WORD}\"\n"),
        &["high terraform-secret 2 password in variable db_password"],
    );
}

#[test]
fn transfer_mail_chat_and_networks() {
    let site = format!(
        "<FileZilla3><Servers><Server><Host>f.example.com</Host><User>ann</User>\n<Pass encoding=\"base64\">{}</Pass></Server></Servers></FileZilla3>",
        STANDARD.encode(WORD)
    );
    check(
        "root/.config/filezilla/sitemanager.xml",
        &site,
        &["high file-transfer-password 2 password of user ann for f.example.com"],
    );
    check(
        "x/.vscode/sftp.json",
        &format!("{{\"host\": \"f.example.com\", // c\n\"username\": \"ann\",\n\"password\": \"{WORD}\",}}"),
        &["high file-transfer-password 3 password of user ann for f.example.com"],
    );
    check(
        "root/.msmtprc",
        &format!("account x\nhost m.example.com\nuser ann\npassword {WORD}\n"),
        &["high mail-password 4 password of user ann for m.example.com"],
    );
    silent("root/.msmtprc", "account x\npasswordeval gpg -d x\npassword\n");
    check(
        "etc/postfix/sasl_passwd",
        &format!("[m.example.com]:587 ann:{WORD}\n"),
        &["high mail-password 1 password of user ann for [m.example.com]:587"],
    );
    check(
        "root/.irssi/config",
        &format!("x = ( {{ address = \"i\"; password = \"{WORD}\"; }} );\n"),
        &["medium chat-password 1 password of an IRC account"],
    );
    check(
        "etc/wpa_supplicant.conf",
        &format!("network={{\n ssid=\"home\"\n psk=\"{WORD}\"\n}}\n"),
        &["high network-password 3 key of a wireless network for home"],
    );
    check(
        "etc/wireguard/wg0.conf",
        &format!("[Interface]\nAddress = 192.0.2.1\nPrivateKey = {}\n", STANDARD.encode([7; 32])),
        &["high network-password 3 private key of WireGuard for 192.0.2.1"],
    );
    check(
        "etc/ppp/chap-secrets",
        &format!("# c\nann server {WORD} *\n*  h  *  *\n"),
        &["high network-password 2 password of user ann for server"],
    );
    check(
        "etc/cloud/cloud.cfg.d/x.cfg",
        &format!("users:\n  - name: ann\n    plain_text_passwd: {WORD}\n"),
        &["high cloud-init-password 3 password of user ann"],
    );
}

#[test]
fn histories_and_services() {
    let history = format!(
        "ls\nmysql -u ann -p{WORD} x\ncurl -u ann:{WORD}1 https://h\ndocker run -p 80:80 x\nPGPASSWORD={WORD}2 psql\ngit clone https://ann:{WORD}3@h/x\ndocker login -u x -p {WORD}4\nmkdir -p /srv\n"
    );
    check(
        "root/.bash_history",
        &history,
        &[
            "high history-password 2 password in a command that was typed",
            "high history-password 3 password in a command that was typed of user ann",
            "high history-password 5 password in a command that was typed",
            "high history-password 6 password in an address that was typed of user ann for h",
            "high history-password 7 password in a command that was typed",
        ],
    );
    check(
        "root/.mysql_history",
        &format!("CREATE USER x IDENTIFIED BY '{WORD}';\nselect 1;\n"),
        &["high history-password 1 password in a statement that was typed"],
    );
    check(
        "etc/redis/redis.conf",
        &format!("# requirepass foobared\nrequirepass {WORD}\n"),
        &["high server-password 2 password of Redis"],
    );
    check(
        "x/tomcat-users.xml",
        &format!("<tomcat-users>\n<user username=\"ann\" password=\"{WORD}\"/></tomcat-users>"),
        &["high server-password 2 password of user ann for Tomcat"],
    );
    check(
        "x/salesforce.js",
        &format!("conn.login('ann@example.com', '{WORD}', f)\n"),
        &["high hardcoded-login 1 password of user ann@example.com for Salesforce"],
    );
    check(
        "x/logins.json",
        &format!("{{\"logins\": [{{\"hostname\": \"https://h\", \"encryptedPassword\": \"{WORD}\"}}]}}"),
        &["medium browser-password 1 password kept by Firefox for https://h"],
    );
}
