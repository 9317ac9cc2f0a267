using System.Data.Common;
using System.Net;
using Npgsql;

namespace LakebaseOps.Connections;

/// <summary>Turns connection options into Npgsql's settings, without the secret.</summary>
internal static class ConnectionSettings
{
    /// <summary>The settings, and the password that stood in the connection string, if any.</summary>
    /// <exception cref="LakebaseException">InvalidArgument, FileNotFound.</exception>
    public static (NpgsqlConnectionStringBuilder Settings, string? Password) From(ConnectionOptions options)
    {
        NpgsqlConnectionStringBuilder settings = Parse(options);
        settings.Host = options.HostName ?? settings.Host;
        if (string.IsNullOrWhiteSpace(settings.Host))
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, "No host was given.")
            { Remedy = "Give -HostName, or a connection string with Host=….", }.ToException();
        }

        settings.Port = options.Port ?? settings.Port;
        settings.Database = options.Database ?? settings.Database ?? (IsDatabricks(settings.Host) ? "databricks_postgres" : "postgres");
        settings.Username = options.Username ?? settings.Username;
        settings.RootCertificate = options.RootCertificate ?? settings.RootCertificate;
        settings.Timeout = options.TimeoutSeconds ?? settings.Timeout;
        settings.MaxPoolSize = options.MaxPoolSize ?? settings.MaxPoolSize;
        settings.ApplicationName ??= "LakebaseOps";
        settings.PersistSecurityInfo = false;
        settings.IncludeErrorDetail = true;
        settings.CommandTimeout = 0;
        // Statements have no time limit, so a network that is gone must be noticed by itself, within two minutes.
        if (settings.TcpKeepAliveTime == 0)
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 30, 10);
        // An array may hold NULL; its elements are nullable then, and plain otherwise.
        settings.ArrayNullabilityMode = ArrayNullabilityMode.PerInstance;
        if (!ChoosesSslMode(options))
        {
            settings.SslMode = IsLocal(settings.Host) && settings.RootCertificate is null
                ? Npgsql.SslMode.Prefer : Npgsql.SslMode.VerifyFull;
        }

        if (settings.RootCertificate is { } certificate && !File.Exists(certificate))
        {
            throw new LakebaseError(ErrorIds.FileNotFound, LakebaseErrorKind.NotFound, $"The root certificate '{certificate}' does not exist.")
            { Target = certificate, Remedy = "Give the PEM file of the authority that signed the server's certificate." }.ToException();
        }

        string? password = settings.Password;
        settings.Password = null;
        return (settings, password);
    }

    /// <summary>True when every host is one that is never reached over a network: loopback or a socket folder.</summary>
    public static bool IsLocal(string hosts) => hosts.Split(',').All(host => host.Trim() is var name
        && (name.StartsWith('/') || name.StartsWith('@')
            || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address))));

    /// <summary>True for a host of Databricks.</summary>
    public static bool IsDatabricks(string host) =>
        host.Contains(".databricks.", StringComparison.OrdinalIgnoreCase)
        || host.Contains(".azuredatabricks.", StringComparison.OrdinalIgnoreCase)
        || host.Contains(".databricksapps.", StringComparison.OrdinalIgnoreCase);

    private static NpgsqlConnectionStringBuilder Parse(ConnectionOptions options)
    {
        try
        {
            NpgsqlConnectionStringBuilder settings = new(options.ConnectionString ?? "");
            if (options.SslMode is not null)
                settings.SslMode = Enum.Parse<SslMode>(options.SslMode, ignoreCase: true);
            return settings;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException)
        {
            // The exception's own text could quote a part of the connection string, so nothing of it goes on.
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                "The connection string or TLS mode is not of a form that Npgsql reads.")
            {
                Remedy = "Write Host=…;Port=…;Database=…;Username=…; the TLS mode is Disable, Prefer, Require, VerifyCA or VerifyFull.",
            }.ToException();
        }
    }

    // Npgsql's own default is Prefer, which takes any certificate; its settings do not tell a default from a choice.
    private static bool ChoosesSslMode(ConnectionOptions options) =>
        options.SslMode is not null
        || new DbConnectionStringBuilder { ConnectionString = options.ConnectionString ?? "" }.Keys.Cast<string>()
            .Any(key => key.Replace(" ", "", StringComparison.Ordinal).Equals("sslmode", StringComparison.OrdinalIgnoreCase));
}
