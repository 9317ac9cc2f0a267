using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LakebaseOps.Connections;
using LakebaseOps.Dumps.Definitions;
using LakebaseOps.Latency.RoundTrips;
using LakebaseOps.Sandboxes;
using LakebaseOps.Tests.Dumps.Definitions;
using LakebaseOps.Tests.Sandboxes;
using Npgsql;

namespace LakebaseOps.Tests.Connections;

/// <summary>A server with a certificate of its own making.</summary>
public sealed class TlsTests : SandboxTest
{
    [Fact]
    public async Task VerifyFull_refuses_a_certificate_nobody_vouches_for_and_takes_it_with_its_authority()
    {
        LakebaseSandbox sandbox = await StartAsync();
        string certificate = WriteCertificate(sandbox.Path, "good", names => names.AddIpAddress(IPAddress.Loopback));
        string misnamed = WriteCertificate(sandbox.Path, "misnamed", names => names.AddDnsName("elsewhere.example"));
        ConnectionOptions options = SandboxConnection.Options(sandbox);
        await UseAsync(options, certificate);

        Assert.Equal(ErrorIds.TlsFailed, (await ConnectFailsAsync(options with { SslMode = "VerifyFull" })).Id);
        await using (PostgresSession session = await SessionFactory.ConnectAsync(options with { RootCertificate = certificate }, Cancel))
        {
            Assert.Equal("VerifyFull", session.SslMode);
            Assert.True(await ScalarAsync<bool>(session, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
        }

        Assert.Equal(ErrorIds.TlsFailed, (await ConnectFailsAsync(options with { RootCertificate = misnamed })).Id);
        await RelaysAsync(options, WriteCertificate(sandbox.Path, "named", names => names.AddDnsName("localhost")));
        await UseAsync(options, certificate);
        Assert.Equal((CheckStatus.Failed, ErrorIds.TlsFailed), await TlsLayerAsync(options with { SslMode = "VerifyFull" }));
        Assert.Equal((CheckStatus.Warning, null), await TlsLayerAsync(options with { SslMode = "Require" }));
        Assert.Equal((CheckStatus.Passed, null), await TlsLayerAsync(options with { RootCertificate = certificate }));

        await UseAsync(options, misnamed);
        Assert.Equal(ErrorIds.TlsFailed, (await ConnectFailsAsync(options with { RootCertificate = misnamed })).Id);
        Assert.Equal((CheckStatus.Failed, ErrorIds.TlsFailed), await TlsLayerAsync(options with { RootCertificate = misnamed }));
        Assert.Equal((CheckStatus.Warning, null), await TlsLayerAsync(options with { RootCertificate = misnamed, SslMode = "VerifyCA" }));
        await using PostgresSession authority = await SessionFactory
            .ConnectAsync(options with { RootCertificate = misnamed, SslMode = "VerifyCA" }, Cancel);
    }

    [Fact]
    public async Task Pg_dump_verifies_the_server_as_its_session_does()
    {
        LakebaseSandbox sandbox = await StartAsync();
        string certificate = WriteCertificate(sandbox.Path, "good", names => names.AddIpAddress(IPAddress.Loopback));
        string misnamed = WriteCertificate(sandbox.Path, "misnamed", names => names.AddDnsName("elsewhere.example"));
        ConnectionOptions options = SandboxConnection.Options(sandbox);
        await UseAsync(options, certificate);
        await using PostgresSession session = await SessionFactory.ConnectAsync(options with { RootCertificate = certificate }, Cancel);
        string program = await InstalledPgDump.ForAsync(session.ServerVersion.Major);
        await using NpgsqlConnection connection = await session.OpenAsync(Cancel);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Cancel);
        await using NpgsqlCommand export = new("SELECT pg_export_snapshot()", connection);
        string snapshot = (string)(await export.ExecuteScalarAsync(Cancel))!;
        string? password = session.Secrets is null ? null : await session.Secrets.RevealAsync(Cancel);
        Task<string> DumpAsync() => PgDumpProgram.DumpAsync(program, session, connection, password, snapshot, "pre-data", Cancel);
        Assert.Contains("PostgreSQL database dump", await DumpAsync(), StringComparison.Ordinal);

        // Somebody else answers in the server's place.
        await UseAsync(options, misnamed);
        LakebaseError error = await FailsAsync(DumpAsync);
        Assert.Equal(ErrorIds.PgDumpFailed, error.Id);
        Assert.Contains("certificate verify failed", error.Message, StringComparison.Ordinal);
    }

    // The certificate knows the server's name alone, and not the address that the connection leads to first.
    private static async Task RelaysAsync(ConnectionOptions options, string certificate)
    {
        await UseAsync(options, certificate);
        await using PostgresSession session = await SessionFactory.ConnectAsync(options with { HostName = "localhost", RootCertificate = certificate }, Cancel);
        Assert.Equal("VerifyFull", session.SslMode);
        await using DelayedLink link = new(DelayedLink.ServerOf(session));
        await using (NpgsqlDataSource source = session.CreateDataSource(static _ => { }, link.Address))
        {
            await using NpgsqlCommand command = source.CreateCommand("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
            Assert.True((bool)(await command.ExecuteScalarAsync(Cancel))!);
        }

        await using NpgsqlDataSource unnamed = session.CreateDataSource(settings => (settings.Host, settings.Port) = ("127.0.0.1", link.Address.Port));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => unnamed.OpenConnectionAsync(Cancel).AsTask());
    }

    private static async Task<LakebaseError> ConnectFailsAsync(ConnectionOptions options) =>
        await FailsAsync(() => SessionFactory.ConnectAsync(options, Cancel));

    private static async Task<(CheckStatus Status, string? ErrorId)> TlsLayerAsync(ConnectionOptions options)
    {
        RecordingSink sink = await RecordingSink.RunAsync(
            new TestConnectionOperation(new SessionRegistry(), new TestConnectionOptions(options)), Cancel);
        ConnectionCheck check = sink.Of<ConnectionCheck>().Single(one => one.Layer == ConnectionLayer.Tls);
        return (check.Status, check.ErrorId);
    }

    private static async Task UseAsync(ConnectionOptions options, string certificate)
    {
        await using PostgresSession session = await SessionFactory.ConnectAsync(options with { SslMode = "Prefer" }, Cancel);
        string[] statements =
        [
            $"ALTER SYSTEM SET ssl_cert_file = '{certificate}'",
            $"ALTER SYSTEM SET ssl_key_file = '{Path.ChangeExtension(certificate, ".key")}'",
            "ALTER SYSTEM SET ssl = on",
        ];
        foreach (string statement in statements)
            await session.DataSource.CreateCommand(statement).ExecuteNonQueryAsync(Cancel);
        // The postmaster reloads on its own time: the new certificate is there when a new connection sees it.
        Assert.True(await ScalarAsync<bool>(session, "SELECT pg_reload_conf()"));
        while (true)
        {
            await using PostgresSession look = await SessionFactory.ConnectAsync(options with { SslMode = "Prefer" }, Cancel);
            if (await ScalarAsync<string>(look, "SHOW ssl_cert_file") == certificate && await ScalarAsync<string>(look, "SHOW ssl") == "on")
                break;
        }
    }

    private static string WriteCertificate(string folder, string name, Action<SubjectAlternativeNameBuilder> addNames)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        addNames(names);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(90));
        string file = Path.Combine(folder, $"{name}.pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        string secret = Path.ChangeExtension(file, ".key");
        File.WriteAllText(secret, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (ServerProgram.ServerAccount is string account)
            System.Diagnostics.Process.Start("chown", [account, secret]).WaitForExit();
        return file;
    }
}
