using System.Collections;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Security;
using LakebaseOps.Operations;
using LakebaseOps.Sandboxes;
using Npgsql;

namespace LakebaseOps.Connections;

/// <summary>Opens sessions. The only place that turns connection options into a pool.</summary>
public static class SessionFactory
{
    /// <summary>Opens a session and proves that the server answers.</summary>
    /// <exception cref="LakebaseException">ConnectionFailed, AuthenticationFailed, ObjectNotFound, InvalidArgument.</exception>
    public static async Task<PostgresSession> ConnectAsync(ConnectionOptions options, CancellationToken cancellationToken)
    {
        options = SandboxConnection.Resolve(options);
        NpgsqlConnectionStringBuilder settings = Settings(options);
        string? password = options.Secret is null ? settings.Password : Reveal(options.Secret);
        // From here on the secret lives only in the password provider, never in a connection string.
        settings.Password = null;
        string target = $"{settings.Host}:{settings.Port}/{settings.Database}";
        try
        {
            NpgsqlDataSource Create(Action<NpgsqlConnectionStringBuilder> configure)
            {
                NpgsqlConnectionStringBuilder own = new(settings.ConnectionString);
                configure(own);
                NpgsqlDataSourceBuilder builder = new(own.ConnectionString);
                if (password is not null)
                    builder.UsePasswordProvider(_ => password, (_, _) => ValueTask.FromResult(password));
                return builder.Build();
            }

            Version version;
            NpgsqlDataSource probe = Create(static own => own.Pooling = false);
            await using (probe.ConfigureAwait(false))
            {
                NpgsqlConnection connection = await probe.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                    version = connection.PostgreSqlVersion;
            }

            return new PostgresSession(options.Name ?? $"{settings.Host}/{settings.Database}", settings, Create, version);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw ErrorTranslator.Translate(exception, target).ToException();
        }
    }

    /// <summary>Connection options from a name-value collection such as an Azure Automation connection asset.</summary>
    public static ConnectionOptions FromDictionary(IDictionary values)
    {
        string? Text(params string[] names)
        {
            foreach (DictionaryEntry entry in values)
            {
                if (names.Contains(entry.Key.ToString(), StringComparer.OrdinalIgnoreCase) && entry.Value is not (null or SecureString))
                    return Convert.ToString(entry.Value, CultureInfo.InvariantCulture);
            }

            return null;
        }

        SecureString? secret = values.Values.OfType<SecureString>().FirstOrDefault();
        string? plain = Text("Password", "Secret", "Token");
        return new ConnectionOptions
        {
            Name = Text("Name"),
            Sandbox = Text("Sandbox"),
            ConnectionString = Text("ConnectionString"),
            HostName = Text("HostName", "Host", "Server"),
            Port = int.TryParse(Text("Port"), CultureInfo.InvariantCulture, out int port) ? port : null,
            Database = Text("Database"),
            Username = Text("Username", "UserName", "User"),
            Secret = secret ?? (plain is null ? null : Conceal(plain)),
            SslMode = Text("SslMode"),
            RootCertificate = Text("RootCertificate"),
        };
    }

    /// <summary>A secure string of a text.</summary>
    public static SecureString Conceal(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        SecureString result = new();
        foreach (char character in secret)
            result.AppendChar(character);
        result.MakeReadOnly();
        return result;
    }

    /// <summary>True for an address that never leaves this machine: loopback or a socket folder.</summary>
    public static bool IsLocal(string host) =>
        host.StartsWith('/') || host.StartsWith('@')
        || string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static NpgsqlConnectionStringBuilder Settings(ConnectionOptions options)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new(options.ConnectionString ?? "");
            if (options.SslMode is not null)
                settings.SslMode = Enum.Parse<SslMode>(options.SslMode, ignoreCase: true);
        }
        catch (ArgumentException exception)
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                // The exception's own text could quote a part of the connection string.
                "The connection string or TLS mode is not of a form that Npgsql reads.")
            {
                Remedy = "Write Host=…;Port=…;Database=…;Username=…; the TLS mode is Disable, Prefer, Require, VerifyCA or VerifyFull.",
                Cause = exception.InnerException,
            }.ToException();
        }

        settings.Host = options.HostName ?? settings.Host;
        if (string.IsNullOrWhiteSpace(settings.Host))
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "No host was given.")
            {
                Remedy = "Give -HostName, or a connection string with Host=….",
            }.ToException();
        }

        settings.Port = options.Port ?? settings.Port;
        bool databricks = settings.Host.Contains(".databricks", StringComparison.OrdinalIgnoreCase)
            || settings.Host.Contains(".azuredatabricks", StringComparison.OrdinalIgnoreCase);
        settings.Database = options.Database ?? settings.Database ?? (databricks ? "databricks_postgres" : "postgres");
        settings.Username = options.Username ?? settings.Username;
        settings.RootCertificate = options.RootCertificate ?? settings.RootCertificate;
        settings.Timeout = options.TimeoutSeconds ?? settings.Timeout;
        settings.MaxPoolSize = options.MaxPoolSize ?? settings.MaxPoolSize;
        settings.ApplicationName ??= "LakebaseOps";
        settings.PersistSecurityInfo = false;
        settings.IncludeErrorDetail = true;
        settings.CommandTimeout = 0;
        bool chosen = options.SslMode is not null || settings.ContainsKey("SSL Mode") && options.ConnectionString is not null
            && options.ConnectionString.Contains("ssl", StringComparison.OrdinalIgnoreCase);
        if (!chosen)
            settings.SslMode = IsLocal(settings.Host) ? Npgsql.SslMode.Prefer : Npgsql.SslMode.VerifyFull;
        return settings;
    }

    private static string Reveal(SecureString secret)
    {
        nint text = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return Marshal.PtrToStringUni(text)!;
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }
}
