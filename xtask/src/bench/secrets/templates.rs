//! Files with credentials, and files with what only looks like one.

/// Path and text. A line that begins with `»` holds a credential.
pub(crate) const CREDENTIALS: &[(&str, &str)] = &[
    (
        "backend/.env",
        "NODE_ENV=production\nPORT=8080\n»DB_PASSWORD={password:14}\n»JWT_SECRET={url:43}\n»SESSION_SECRET={alnum:40}\nLOG_LEVEL=info",
    ),
    (
        "aws/credentials",
        "[default]\n»aws_access_key_id = AKIA{base32:16}\n»aws_secret_access_key = {base64:40}\nregion = eu-west-1",
    ),
    ("ci/deploy.sh", "#!/bin/sh\nset -e\n»export GITHUB_TOKEN=ghp_{github}\ngit push origin main"),
    (
        "ci/gitlab.yml",
        "deploy:\n  script:\n»    - curl --header \"PRIVATE-TOKEN: glpat-{url:20}\" https://git.example.com/api/v4/projects",
    ),
    (
        "chat/bot.py",
        "import slack\n\n»client = slack.WebClient(token=\"xoxb-{digit:12}-{digit:13}-{alnum:24}\")\nclient.run()",
    ),
    ("shop/settings.py", "DEBUG = False\n»STRIPE_SECRET_KEY = 'sk_live_{alnum:24}'\nSTRIPE_CURRENCY = 'eur'"),
    (
        "mail/config.json",
        "{\n  \"from\": \"noreply@example.com\",\n»  \"apiKey\": \"SG.{url:22}.{url:43}\"\n}",
    ),
    ("sms/app.rb", "require 'twilio-ruby'\n»auth_token = '{hex:32}' # twilio\nsid = 'AC{hex:32}'"),
    ("web/.npmrc", "registry=https://registry.npmjs.org/\n»//registry.npmjs.org/:_authToken=npm_{alnum:36}"),
    (
        "python/.pypirc",
        "[distutils]\nindex-servers = pypi\n[pypi]\nusername = __token__\n»password = pypi-AgEIcHlwaS5vcmc{url:160}",
    ),
    ("maps/index.js", "const map = new Map({\n»  key: 'AIza{url:35}',\n  zoom: 7,\n});"),
    (
        "azure/appsettings.json",
        "{\n  \"Storage\": {\n»    \"ConnectionString\": \"DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={base64:86}==;EndpointSuffix=core.windows.net\"\n  }\n}",
    ),
    (
        "api/client.go",
        "package api\n\n»const bearer = \"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzaG9wIiwiZXhwIjo0MDcwOTA4ODAwfQ.{url:43}\"",
    ),
    (
        "db/database.yml",
        "production:\n  adapter: postgresql\n»  url: postgres://shop:{password:16}@db.internal:5432/shop\n  pool: 5",
    ),
    (
        "db/mongo.js",
        "const { MongoClient } = require('mongodb');\n»const uri = 'mongodb://root:{password:15}@mongo.internal:27017/admin';",
    ),
    ("db/cache.toml", "[cache]\n»url = \"redis://:{alnum:20}@cache.internal:6379/0\"\nttl = 60"),
    ("queue/celery.py", "»BROKER_URL = 'amqp://worker:{password:13}@rabbit.internal:5672/shop'\nWORKERS = 4"),
    ("home/.netrc", "machine git.example.com\n  login deploy\n»  password {alnum:18}"),
    ("home/.pgpass", "»db.internal:5432:shop:shop:{password:16}"),
    ("home/.my.cnf", "[client]\nuser=root\n»password={password:14}\nhost=db.internal"),
    ("home/.git-credentials", "»https://deploy:{alnum:24}@git.example.com"),
    (
        "home/.docker/config.json",
        "{\n  \"auths\": {\n    \"registry.example.com\": {\n»      \"auth\": \"ZGVwbG95Onh5{base64:20}\"\n    }\n  }\n}",
    ),
    (
        "blog/wp-config.php",
        "<?php\ndefine('DB_NAME', 'blog');\ndefine('DB_USER', 'blog');\n»define('DB_PASSWORD', '{password:14}');\ndefine('DB_HOST', 'localhost');",
    ),
    (
        "site/settings.py",
        "from pathlib import Path\n»SECRET_KEY = 'k3!{alnum:47}'\nALLOWED_HOSTS = ['example.com']",
    ),
    ("rails/secrets.yml", "production:\n»  secret_key_base: {hex:128}"),
    ("kube/config", "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n»    token: {url:64}"),
    ("web/.htpasswd", "»admin:$apr1${alnum:8}${alnum:22}"),
    (
        "terraform/terraform.tfvars",
        "region = \"eu-central-1\"\n»db_password = \"{password:18}\"\ninstances = 3",
    ),
    (
        "ops/backup.sh",
        "#!/bin/bash\n»mysqldump -u root -p'{password:14}' shop > /backup/shop.sql\ngzip /backup/shop.sql",
    ),
    (
        "ops/login.sh",
        "#!/bin/sh\n»docker login -u deploy -p {alnum:20} registry.example.com\ndocker pull registry.example.com/shop",
    ),
    (
        "ops/fetch.sh",
        "#!/bin/sh\n»curl -fsS -u deploy:{alnum:20} https://files.example.com/release.tar.gz -o release.tar.gz",
    ),
    (
        "java/application.properties",
        "spring.datasource.username=shop\n»spring.datasource.password={password:14}\nserver.port=8080",
    ),
    (
        "java/hibernate.cfg.xml",
        "<session-factory>\n  <property name=\"connection.username\">shop</property>\n»  <property name=\"connection.password\">{password:15}</property>\n</session-factory>",
    ),
    (
        "php/config.php",
        "<?php\n$config = [\n    'host' => 'db.internal',\n»    'password' => '{password:14}',\n];",
    ),
    (
        "node/config.js",
        "module.exports = {\n  user: 'shop',\n»  password: '{password:15}',\n  port: 5432,\n};",
    ),
    (
        "python/connect.py",
        "import psycopg2\n»connection = psycopg2.connect(host='db', user='shop', password='{password:14}')",
    ),
    ("hub/token.txt", "»dckr_pat_{url:27}"),
    ("cloud/do.tf", "provider \"digitalocean\" {\n»  token = \"dop_v1_{hex:64}\"\n}"),
    (
        "ai/chat.py",
        "from openai import OpenAI\n»client = OpenAI(api_key=\"sk-proj-{url:74}T3BlbkFJ{url:74}\")",
    ),
    ("ai/claude.env", "»ANTHROPIC_API_KEY=sk-ant-api03-{url:93}AA"),
    ("hf/train.py", "»login(token=\"hf_{letter:34}\")\nepochs = 3"),
    ("tele/bot.go", "package main\n»var bot = \"{digit:10}:AA{url:33}\" // telegram"),
    ("vault/env.sh", "export VAULT_ADDR=https://vault.example.com\n»export VAULT_TOKEN=hvs.{url:95}"),
    ("discord/hook.yml", "»webhook: https://discord.com/api/webhooks/{digit:18}/{url:68}"),
    ("slack/hook.yml", "»url: https://hooks.slack.com/services/T{upper:10}/B{upper:10}/{alnum:24}"),
];

/// Nothing in these is a credential.
pub(crate) const DECOYS: &[(&str, &str)] = &[
    (
        "docs/.env.example",
        "DB_PASSWORD=changeme\nJWT_SECRET=your-secret-here\nAPI_KEY=<your api key>\nTOKEN=xxxxxxxxxxxxxxxxxxxxxxxx\nSECRET_KEY=${SECRET_KEY}",
    ),
    (
        "docs/aws.md",
        "Set `aws_access_key_id = AKIAIOSFODNN7EXAMPLE` and\n`aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`.",
    ),
    (
        "docs/urls.md",
        "postgres://user:password@localhost/db\nmysql://root:${MYSQL_ROOT_PASSWORD}@db/shop\nredis://:<password>@cache:6379",
    ),
    (
        "web/package-lock.json",
        "{\n  \"lockfileVersion\": 3,\n  \"integrity\": \"sha512-{base64:86}==\",\n  \"shasum\": \"{hex:40}\",\n  \"resolved\": \"https://registry.npmjs.org/a/-/a-1.0.0.tgz\"\n}",
    ),
    ("go/go.sum", "example.com/a v1.2.3 h1:{base64:43}=\nexample.com/a v1.2.3/go.mod h1:{base64:43}="),
    ("rust/Cargo.lock", "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"{hex:64}\""),
    ("python/requirements.txt", "a==1.0 --hash=sha256:{hex:64}\nb==2.0 --hash=sha256:{hex:64}"),
    (
        "i18n/de.json",
        "{\n  \"password\": \"Passwort\",\n  \"passwordRepeat\": \"Passwort wiederholen\",\n  \"token\": \"Zugangsschlüssel\",\n  \"secret\": \"Geheimnis\"\n}",
    ),
    (
        "web/login.html",
        "<form>\n<input type=\"password\" name=\"password\" placeholder=\"Password\" autocomplete=\"current-password\">\n<label for=\"password\">Password</label>\n</form>",
    ),
    (
        "src/settings.py",
        "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nPASSWORD = os.getenv('DB_PASSWORD', '')\nTOKEN = get_token(request)\nAPI_KEY = settings.api_key",
    ),
    (
        "src/auth.js",
        "const password = req.body.password;\nconst token = jwt.sign({ id: user.id }, process.env.JWT_SECRET);\nif (password !== user.passwordHash) throw new Error('wrong password');\nconst secretKeyName = 'session-secret-key';",
    ),
    (
        "src/Auth.java",
        "String password = request.getParameter(\"password\");\nprivate static final String PASSWORD_FIELD = \"user_password_field\";\nreturn tokenService.createAccessToken(user, secretProvider.get());",
    ),
    (
        "src/keys.go",
        "const apiKeyHeader = \"X-Api-Key-Authorization\"\nvar ErrWrongPassword = errors.New(\"wrong password or token\")\nfunc Token() string { return os.Getenv(\"GITHUB_TOKEN\") }",
    ),
    (
        "kube/deployment.yml",
        "env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: database-credentials\n      key: password\nimage: registry.example.com/shop@sha256:{hex:64}",
    ),
    (
        "ansible/vars.yml",
        "db_password: \"{{ vault_db_password }}\"\napi_token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {digit:64}",
    ),
    (
        "compose/docker-compose.yml",
        "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}\n      POSTGRES_PASSWORD_FILE: /run/secrets/db_password",
    ),
    (
        "terraform/main.tf",
        "resource \"random_password\" \"db\" {\n  length = 24\n}\noutput \"password\" {\n  value     = random_password.db.result\n  sensitive = true\n}",
    ),
    ("ssh/authorized_keys.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{base64:43} deploy@example.com"),
    (
        "log/access.log",
        "192.0.2.7 - - \"GET /reset?token={hex:0}\" 200\nrequest id {hex:8}-{hex:4}-4{hex:3}-a{hex:3}-{hex:12} done\ncommit {hex:40} deployed\netag \"{hex:32}\"",
    ),
    (
        "web/app.min.css",
        ".a{background:url(data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ{base64:60})}.password-field{color:red}",
    ),
    (
        "git/config",
        "[core]\n  bare = false\n[remote \"origin\"]\n  url = https://git.example.com/shop.git\n[branch \"main\"]\n  merge = refs/heads/main # {hex:40}",
    ),
    (
        "test/fixtures.json",
        "{\n  \"id\": \"{hex:8}-{hex:4}-4{hex:3}-9{hex:3}-{hex:12}\",\n  \"api_key_id\": \"{digit:6}\",\n  \"password_hash_algorithm\": \"argon2id\",\n  \"token_type\": \"Bearer\",\n  \"secret_name\": \"shop/database\"\n}",
    ),
    (
        "nginx/site.conf",
        "ssl_certificate     /etc/ssl/certs/site.pem;\nssl_certificate_key /etc/ssl/private/site.key;\nproxy_set_header Authorization $http_authorization;\nauth_basic_user_file /etc/nginx/htpasswd;",
    ),
    (
        "make/Makefile",
        "PASSWORD ?= $(shell pass show db)\nTOKEN := $(file < /run/secrets/token)\nSHA256 := {hex:64}\n\nlogin:\n\t@docker login -u $(USER) --password-stdin",
    ),
];

/// Private keys as `openssl` makes them.
pub(crate) const KEYS: &[(&str, &[&str])] = &[
    ("tls/server.key", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-quiet"]),
    ("tls/ec.pem", &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("tls/ed25519.pem", &["genpkey", "-algorithm", "ED25519"]),
    ("tls/old.pem", &["ecparam", "-name", "secp384r1", "-genkey", "-noout"]),
];
