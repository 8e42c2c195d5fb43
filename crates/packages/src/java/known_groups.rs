//! Groups of artifacts that are published without `pom.properties` (built by Gradle, Ant or sbt).

/// The group of an artifact, and the directory of classes that an archive must hold to be it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KnownGroup {
    pattern: &'static str,
    group: &'static str,
    pub(super) directory: &'static str,
    moved: Option<Moved>,
}

/// A later group of an artifact.
#[derive(Debug, PartialEq, Eq)]
struct Moved {
    from: [u32; 3],
    group: &'static str,
}

impl KnownGroup {
    /// The group at a version.
    pub(super) fn group(&self, version: &str) -> &'static str {
        let mut numbers = [0; 3];
        for (number, part) in numbers.iter_mut().zip(version.split(['.', '-'])) {
            *number = part.parse().unwrap_or(0);
        }
        self.moved.as_ref().filter(|moved| numbers >= moved.from).map_or(self.group, |moved| moved.group)
    }
}

/// The first row that an artifact of this name falls under. A pattern with `*` at its end is a prefix.
pub(super) fn known_group(artifact: &str) -> Option<&'static KnownGroup> {
    KNOWN.iter().find(|known| match known.pattern.strip_suffix('*') {
        Some(prefix) => artifact.starts_with(prefix),
        None => artifact == known.pattern,
    })
}

const fn row(pattern: &'static str, group: &'static str, directory: &'static str) -> KnownGroup {
    KnownGroup { pattern, group, directory, moved: None }
}

const fn moved(mut row: KnownGroup, from: [u32; 3], group: &'static str) -> KnownGroup {
    row.moved = Some(Moved { from, group });
    row
}

// Coordinates as in Maven Central; longer prefixes before shorter ones.
static KNOWN: &[KnownGroup] = &[
    row("spring-boot*", "org.springframework.boot", "org/springframework/boot/"),
    row("spring-security*", "org.springframework.security", "org/springframework/security/"),
    row("spring-data*", "org.springframework.data", "org/springframework/data/"),
    row("spring-cloud-function*", "org.springframework.cloud", "org/springframework/cloud/function/"),
    row("spring-cloud*", "org.springframework.cloud", "org/springframework/cloud/"),
    row("spring-integration*", "org.springframework.integration", "org/springframework/integration/"),
    row("spring-session*", "org.springframework.session", "org/springframework/session/"),
    row("spring-batch*", "org.springframework.batch", "org/springframework/batch/"),
    row("spring-kafka*", "org.springframework.kafka", "org/springframework/kafka/"),
    row("spring-amqp", "org.springframework.amqp", "org/springframework/amqp/"),
    row("spring-rabbit", "org.springframework.amqp", "org/springframework/amqp/"),
    row("spring-ldap*", "org.springframework.ldap", "org/springframework/ldap/"),
    row("spring-ws*", "org.springframework.ws", "org/springframework/ws/"),
    row("spring-vault*", "org.springframework.vault", "org/springframework/vault/"),
    row("spring-graphql", "org.springframework.graphql", "org/springframework/graphql/"),
    row("spring-aop", "org.springframework", "org/springframework/aop/"),
    row("spring-aspects", "org.springframework", "org/springframework/"),
    row("spring-beans", "org.springframework", "org/springframework/beans/"),
    row("spring-context*", "org.springframework", "org/springframework/"),
    row("spring-core", "org.springframework", "org/springframework/core/"),
    row("spring-expression", "org.springframework", "org/springframework/expression/"),
    row("spring-jcl", "org.springframework", "org/apache/commons/logging/"),
    row("spring-jdbc", "org.springframework", "org/springframework/jdbc/"),
    row("spring-jms", "org.springframework", "org/springframework/jms/"),
    row("spring-messaging", "org.springframework", "org/springframework/messaging/"),
    row("spring-orm", "org.springframework", "org/springframework/orm/"),
    row("spring-oxm", "org.springframework", "org/springframework/oxm/"),
    row("spring-tx", "org.springframework", "org/springframework/"),
    row("spring-web", "org.springframework", "org/springframework/web/"),
    row("spring-webflux", "org.springframework", "org/springframework/web/"),
    row("spring-webmvc", "org.springframework", "org/springframework/web/"),
    row("spring-websocket", "org.springframework", "org/springframework/web/socket/"),
    row("tomcat-embed*", "org.apache.tomcat.embed", "org/apache/"),
    row("tomcat-coyote", "org.apache.tomcat", "org/apache/coyote/"),
    row("tomcat-catalina", "org.apache.tomcat", "org/apache/catalina/"),
    row("tomcat-util", "org.apache.tomcat", "org/apache/tomcat/util/"),
    row("tomcat-websocket", "org.apache.tomcat", "org/apache/tomcat/websocket/"),
    row("tomcat-jdbc", "org.apache.tomcat", "org/apache/tomcat/jdbc/"),
    row("tomcat-juli", "org.apache.tomcat", "org/apache/juli/"),
    row("kafka-clients", "org.apache.kafka", "org/apache/kafka/"),
    row("kafka-streams", "org.apache.kafka", "org/apache/kafka/streams/"),
    row("kafka_2*", "org.apache.kafka", "kafka/"),
    row("kafka-*", "org.apache.kafka", "org/apache/kafka/"),
    row("connect-*", "org.apache.kafka", "org/apache/kafka/connect/"),
    row("lucene-*", "org.apache.lucene", "org/apache/lucene/"),
    row("solr-*", "org.apache.solr", "org/apache/solr/"),
    moved(row("groovy*", "org.codehaus.groovy", "org/codehaus/groovy/"), [4, 0, 0], "org.apache.groovy"),
    row("elasticsearch", "org.elasticsearch", "org/elasticsearch/"),
    row("elasticsearch-*", "org.elasticsearch", "org/elasticsearch/"),
    row("opensearch", "org.opensearch", "org/opensearch/"),
    row("opensearch-*", "org.opensearch", "org/opensearch/"),
    row("kotlin-stdlib*", "org.jetbrains.kotlin", "kotlin/"),
    row("kotlin-reflect", "org.jetbrains.kotlin", "kotlin/reflect/"),
    row("kotlinx-coroutines*", "org.jetbrains.kotlinx", "kotlinx/coroutines/"),
    row("ktor-*", "io.ktor", "io/ktor/"),
    row("okhttp*", "com.squareup.okhttp3", "okhttp3/"),
    row("okio*", "com.squareup.okio", "okio/"),
    row("retrofit", "com.squareup.retrofit2", "retrofit2/"),
    row("scala-library", "org.scala-lang", "scala/"),
    row("scala-reflect", "org.scala-lang", "scala/reflect/"),
    row("scala-compiler", "org.scala-lang", "scala/tools/"),
    row("akka-http*", "com.typesafe.akka", "akka/http/"),
    row("akka-*", "com.typesafe.akka", "akka/"),
    row("reactor-netty*", "io.projectreactor.netty", "reactor/netty/"),
    row("reactor-core", "io.projectreactor", "reactor/core/"),
    row("micrometer-*", "io.micrometer", "io/micrometer/"),
    row("micronaut-http*", "io.micronaut", "io/micronaut/http/"),
    row("micronaut-*", "io.micronaut", "io/micronaut/"),
    row("grpc-*", "io.grpc", "io/grpc/"),
    row("opentelemetry-*", "io.opentelemetry", "io/opentelemetry/"),
    moved(row("rxjava", "io.reactivex.rxjava2", "io/reactivex/"), [3, 0, 0], "io.reactivex.rxjava3"),
    row("bcprov-*", "org.bouncycastle", "org/bouncycastle/"),
    row("bcpkix-*", "org.bouncycastle", "org/bouncycastle/"),
    row("bcutil-*", "org.bouncycastle", "org/bouncycastle/"),
    row("bcpg-*", "org.bouncycastle", "org/bouncycastle/"),
    row("bcmail-*", "org.bouncycastle", "org/bouncycastle/"),
    row("bctls-*", "org.bouncycastle", "org/bouncycastle/"),
    row("bc-fips", "org.bouncycastle", "org/bouncycastle/"),
    row("nimbus-jose-jwt", "com.nimbusds", "com/nimbusds/jose/"),
    row("h2", "com.h2database", "org/h2/"),
    row("hsqldb", "org.hsqldb", "org/hsqldb/"),
    row("derby*", "org.apache.derby", "org/apache/derby/"),
    row("postgresql", "org.postgresql", "org/postgresql/"),
    row("mysql-connector-java", "mysql", "com/mysql/"),
    row("mysql-connector-j", "com.mysql", "com/mysql/"),
    row("mssql-jdbc", "com.microsoft.sqlserver", "com/microsoft/sqlserver/"),
    row("ojdbc*", "com.oracle.database.jdbc", "oracle/jdbc/"),
    row("mongodb-driver*", "org.mongodb", "com/mongodb/"),
    row("aspectjweaver", "org.aspectj", "org/aspectj/"),
    row("aspectjrt", "org.aspectj", "org/aspectj/"),
    row("xercesImpl", "xerces", "org/apache/xerces/"),
    row("xalan", "xalan", "org/apache/xalan/"),
    row("serializer", "xalan", "org/apache/xml/serializer/"),
    row("xml-apis", "xml-apis", "org/w3c/dom/"),
    row("xml-apis-ext", "xml-apis", "org/w3c/dom/"),
    row("xmlgraphics-commons", "org.apache.xmlgraphics", "org/apache/xmlgraphics/"),
    row("batik-*", "org.apache.xmlgraphics", "org/apache/batik/"),
    row("fop", "org.apache.xmlgraphics", "org/apache/fop/"),
    row("poi-ooxml*", "org.apache.poi", "org/apache/poi/"),
    row("poi", "org.apache.poi", "org/apache/poi/"),
    row("poi-scratchpad", "org.apache.poi", "org/apache/poi/"),
    row("xmlbeans", "org.apache.xmlbeans", "org/apache/xmlbeans/"),
    row("dom4j", "org.dom4j", "org/dom4j/"),
    row("jdom2", "org.jdom", "org/jdom2/"),
    row("jdom", "org.jdom", "org/jdom/"),
    row("ant", "org.apache.ant", "org/apache/tools/ant/"),
    row("ivy", "org.apache.ivy", "org/apache/ivy/"),
    row("hibernate-validator", "org.hibernate.validator", "org/hibernate/validator/"),
    moved(row("hibernate-core", "org.hibernate", "org/hibernate/"), [6, 0, 0], "org.hibernate.orm"),
    moved(
        row("hibernate-commons-annotations", "org.hibernate", "org/hibernate/"),
        [4, 0, 0],
        "org.hibernate.common",
    ),
    row("bsh", "org.beanshell", "bsh/"),
    row("js", "rhino", "org/mozilla/javascript/"),
    row("rhino", "org.mozilla", "org/mozilla/javascript/"),
    row("ehcache", "net.sf.ehcache", "net/sf/ehcache/"),
    moved(row("c3p0", "c3p0", "com/mchange/v2/c3p0/"), [0, 9, 2], "com.mchange"),
    row("quartz", "org.quartz-scheduler", "org/quartz/"),
    row("struts", "struts", "org/apache/struts/"),
    row("commons-collections", "commons-collections", "org/apache/commons/collections/"),
    row("commons-logging", "commons-logging", "org/apache/commons/logging/"),
    row("commons-lang", "commons-lang", "org/apache/commons/lang/"),
    row("commons-cli", "commons-cli", "org/apache/commons/cli/"),
    row("commons-digester", "commons-digester", "org/apache/commons/digester/"),
    row("commons-validator", "commons-validator", "org/apache/commons/validator/"),
    row("commons-httpclient", "commons-httpclient", "org/apache/commons/httpclient/"),
    row("commons-jxpath", "commons-jxpath", "org/apache/commons/jxpath/"),
    row("commons-fileupload", "commons-fileupload", "org/apache/commons/fileupload/"),
    row("commons-beanutils*", "commons-beanutils", "org/apache/commons/beanutils/"),
    row("log4j", "log4j", "org/apache/log4j/"),
    row("velocity", "org.apache.velocity", "org/apache/velocity/"),
    row("freemarker", "org.freemarker", "freemarker/"),
    row("esapi", "org.owasp.esapi", "org/owasp/esapi/"),
    row("snappy-java", "org.xerial.snappy", "org/xerial/snappy/"),
    row("sqlite-jdbc", "org.xerial", "org/sqlite/"),
    row("zookeeper", "org.apache.zookeeper", "org/apache/zookeeper/"),
    row("netty", "io.netty", "org/jboss/netty/"),
    row("jython-standalone", "org.python", "org/python/"),
    row("clojure", "org.clojure", "clojure/"),
    moved(row("lz4-java", "org.lz4", "net/jpountz/"), [1, 8, 1], "at.yawk.lz4"),
    row("reactive-streams", "org.reactivestreams", "org/reactivestreams/"),
    row("checker-qual", "org.checkerframework", "org/checkerframework/"),
    row("junit", "junit", "junit/framework/"),
    row("oro", "oro", "org/apache/oro/"),
    row("antlr", "antlr", "antlr/"),
    moved(row("asm", "asm", "org/objectweb/asm/"), [4, 0, 0], "org.ow2.asm"),
    row("asm-*", "org.ow2.asm", "org/objectweb/asm/"),
    row("aopalliance", "aopalliance", "org/aopalliance/"),
    row("jna", "net.java.dev.jna", "com/sun/jna/"),
    row("jna-platform", "net.java.dev.jna", "com/sun/jna/platform/"),
    row("javax.inject", "javax.inject", "javax/inject/"),
    row("perfmark-api", "io.perfmark", "io/perfmark/"),
    row("xpp3_min", "xpp3", "org/xmlpull/"),
    row("xmlpull", "xmlpull", "org/xmlpull/"),
    row("classworlds", "classworlds", "org/codehaus/classworlds/"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_prefix_wins() {
        let group = |artifact| known_group(artifact).map(|known| known.group("1.0"));
        assert_eq!(group("spring-boot-actuator"), Some("org.springframework.boot"));
        assert_eq!(group("spring-beans"), Some("org.springframework"));
        assert_eq!(group("tomcat-embed-core"), Some("org.apache.tomcat.embed"));
        assert_eq!(group("spring-of-water"), None);
    }

    #[test]
    fn groups_move_with_versions() {
        for (artifact, version, group) in [
            ("c3p0", "0.9.1.2", "c3p0"),
            ("c3p0", "0.9.5.4", "com.mchange"),
            ("groovy", "3.0.9", "org.codehaus.groovy"),
            ("groovy-xml", "4.0.0-rc-1", "org.apache.groovy"),
            ("asm", "9.2", "org.ow2.asm"),
        ] {
            assert_eq!(
                known_group(artifact).map(|known| known.group(version)),
                Some(group),
                "{artifact} {version}"
            );
        }
    }

    #[test]
    fn no_row_is_hidden_by_an_earlier_one() {
        for known in KNOWN {
            let artifact = known.pattern.trim_end_matches('*');
            assert_eq!(known_group(artifact), Some(known), "{}", known.pattern);
            assert!(known.directory.ends_with('/'));
        }
    }
}
