using System.Collections;
using System.Net;
using System.Net.Sockets;
using LakebaseOps.Connections;
using LakebaseOps.Operations;

namespace LakebaseOps.Tests.Connections;

[EachServer("The server's version, its settings and its refusals are told.")]
public sealed class ConnectTests(PostgresServer server) : DatabaseTest(server)
{
    private ConnectionOptions Here => Server.Options with { Database = Session.Database };

    [Fact]
    public async Task A_session_opens_is_listed_and_closes()
    {
        await using SessionRegistry sessions = new();
        RecordingSink sink = await RecordingSink.RunAsync(new ConnectOperation(sessions, Here with { Name = "a" }), Cancel);
        await RecordingSink.RunAsync(new ConnectOperation(sessions, Here with { Name = "ab" }), Cancel);
        LakebaseSession opened = Assert.Single(sink.Of<LakebaseSession>());
        Assert.Equal(Session.Database, opened.Database);
        Assert.True(opened.ServerVersion.Major >= 15);

        sink = await RecordingSink.RunAsync(new GetSessionOperation(sessions, new SessionOptions { Name = ["A*"] }), Cancel);
        Assert.Equal(["a", "ab"], sink.Of<LakebaseSession>().Select(session => session.Name));
        sink = await RecordingSink.RunAsync(new GetSessionOperation(sessions, new SessionOptions { Name = ["c"] }), Cancel);
        Assert.Equal(ErrorIds.SessionNotFound, Assert.Single(sink.Errors).Id);
        Assert.Equal(ErrorIds.SessionAmbiguous, (await FailsAsync(new DisconnectOperation(sessions, new DisconnectOptions()))).Id);
        Assert.Equal(ErrorIds.SessionExists, (await FailsAsync(new ConnectOperation(sessions, Here with { Name = "A" }))).Id);

        await RecordingSink.RunAsync(new DisconnectOperation(sessions, new DisconnectOptions { Name = ["a"] }), Cancel);
        Assert.True(opened.IsClosed);
        Assert.Equal(ErrorIds.SessionClosed, Assert.Throws<LakebaseException>(() => PostgresSession.Of(opened)).Error.Id);
        await RecordingSink.RunAsync(new DisconnectOperation(sessions, new DisconnectOptions { All = true }), Cancel);
        Assert.Empty(sessions.Sessions);
        Assert.Equal(ErrorIds.SessionMissing, (await FailsAsync(new DisconnectOperation(sessions, new DisconnectOptions()))).Id);
    }

    [Fact]
    public async Task Each_way_to_fail_has_its_own_id()
    {
        LakebaseError wrongPassword = await ConnectFailsAsync(Here with { Secret = SessionFactory.Conceal("wr0ng-s3cret") });
        Assert.Equal((ErrorIds.AuthenticationFailed, "28P01"), (wrongPassword.Id, wrongPassword.SqlState));
        Assert.DoesNotContain("wr0ng-s3cret", $"{wrongPassword}{wrongPassword.ToException()}", StringComparison.Ordinal);
        Assert.Equal(ErrorIds.AuthenticationFailed, (await ConnectFailsAsync(Here with { Secret = null })).Id);
        Assert.Equal(ErrorIds.ObjectNotFound, (await ConnectFailsAsync(Here with { Database = "no such database" })).Id);
        Assert.Equal(ErrorIds.ConnectionFailed, (await ConnectFailsAsync(Here with { Port = ClosedPort() })).Id);
        Assert.Equal(ErrorIds.ConnectionFailed, (await ConnectFailsAsync(Here with { HostName = "no-such-host.invalid" })).Id);
        Assert.Equal(ErrorIds.TlsFailed, (await ConnectFailsAsync(Here with { SslMode = "VerifyFull" })).Id);
        Assert.Equal(ErrorIds.InvalidArgument, (await ConnectFailsAsync(new ConnectionOptions())).Id);
        Assert.Equal(ErrorIds.FileNotFound, (await ConnectFailsAsync(Here with { RootCertificate = "/no/such.pem" })).Id);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_a_failed_connection()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        LakebaseError error = await ConnectFailsAsync(
            Here with { Port = ((IPEndPoint)silent.LocalEndpoint).Port, TimeoutSeconds = 1 });
        Assert.Equal((ErrorIds.ConnectionFailed, LakebaseErrorKind.Connection), (error.Id, error.Kind));
    }

    [Fact]
    public async Task No_text_of_a_session_or_of_a_bad_connection_string_holds_the_secret()
    {
        const string Secret = "hunter2-ssl";
        await ExecuteAsync($"CREATE ROLE teller LOGIN PASSWORD '{Secret}'");
        try
        {
            string text = $"Host={Session.Host};Port={Session.Port};Database={Session.Database};Username=teller;Password={Secret}";
            await using PostgresSession session = await SessionFactory.ConnectAsync(new ConnectionOptions { ConnectionString = text }, Cancel);
            Assert.Equal("teller", session.Username);
            string[] shown =
            [
                $"{session}", session.DataSource.ConnectionString, $"{session.Options}", session.Options.ConnectionString!,
                $"{new SessionReference(text)}", (await session.OpenAsync(Cancel)).ConnectionString,
            ];
            Assert.All(shown, one => Assert.DoesNotContain(Secret, one, StringComparison.Ordinal));
            LakebaseError error = await ConnectFailsAsync(new ConnectionOptions { ConnectionString = $"{text};{Secret}=1" });
            Assert.Equal(ErrorIds.InvalidArgument, error.Id);
            Assert.DoesNotContain(Secret, error.ToException().ToString(), StringComparison.Ordinal);
        }
        finally
        {
            await ExecuteAsync("DROP ROLE teller");
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "", "Prefer")]
    [InlineData("localhost", "", "Prefer")]
    [InlineData("/var/run/postgresql", "", "Prefer")]
    [InlineData("db.example.com", "", "VerifyFull")]
    [InlineData("/var/run/postgresql,db.example.com", "", "VerifyFull")]
    [InlineData("db.example.com", "Password=my-ssl-mode", "VerifyFull")]
    [InlineData("db.example.com", "sslmode=Require", "Require")]
    [InlineData("db.example.com", "SSL Mode=Disable", "Disable")]
    public void Certificates_are_verified_off_this_machine_unless_somebody_says_otherwise(string host, string text, string expected) =>
        Assert.Equal(expected, ConnectionSettings.From(new ConnectionOptions { HostName = host, ConnectionString = text }).Settings.SslMode.ToString());

    [Fact]
    public void A_hashtable_is_read_by_name_and_an_unknown_name_is_refused()
    {
        ConnectionOptions options = ConnectionDictionary.Read(new Hashtable
        {
            ["host"] = "h", ["Port"] = "6432", ["User"] = "u", ["Password"] = "p", ["SslMode"] = "Require",
        });
        Assert.Equal(("h", 6432, "u", "Require"), (options.HostName, options.Port!.Value, options.Username, options.SslMode));
        Assert.Equal(1, options.Secret!.Length);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<LakebaseException>(
            () => ConnectionDictionary.Read(new Hashtable { ["HostName"] = "h", ["SslMod"] = "VerifyFull" })).Error.Id);
        Assert.Equal(ErrorIds.InvalidArgument, Assert.Throws<LakebaseException>(
            () => ConnectionDictionary.Read(new Hashtable { ["HostName"] = "h", ["Port"] = "many" })).Error.Id);
    }

    private static int ClosedPort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<LakebaseError> ConnectFailsAsync(ConnectionOptions options) => await FailsAsync(new ConnectOperation(new SessionRegistry(), options));

    private static async Task<LakebaseError> FailsAsync(Operation operation) =>
        (await Assert.ThrowsAsync<LakebaseException>(() => RecordingSink.RunAsync(operation, Cancel))).Error;
}
