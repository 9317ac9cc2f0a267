using System.Security;
using System.Text.Json.Serialization;

namespace LakebaseOps;

/// <summary>How to reach a database: the parameters of Connect-Lakebase.</summary>
public record ConnectionOptions
{
    /// <summary>Name of the session; by default the sandbox's name or "host/database".</summary>
    public string? Name { get; init; }

    /// <summary>A whole connection string in Npgsql's form; the other properties override its parts.</summary>
    [JsonConverter(typeof(ConnectionStringConverter))]
    public string? ConnectionString { get; init; }

    /// <summary>A sandbox to connect to as its superuser: its name, or its folder (a text with a path separator).</summary>
    public string? Sandbox { get; init; }

    /// <summary>Host name, address or socket folder.</summary>
    public string? HostName { get; init; }

    /// <summary>TCP port; 5432 by default.</summary>
    public int? Port { get; init; }

    /// <summary>Database; "databricks_postgres" by default for Databricks hosts, else "postgres".</summary>
    public string? Database { get; init; }

    /// <summary>Role name.</summary>
    public string? Username { get; init; }

    /// <summary>Password or OAuth token of the role; in JSON only by <see cref="SecretReference"/>.</summary>
    [JsonConverter(typeof(SecretConverter))]
    public SecureString? Secret { get; init; }

    /// <summary>
    /// Disable, Prefer, Require, VerifyCA or VerifyFull. By default VerifyFull, and Prefer for a host that is on this
    /// machine (loopback, socket) unless a root certificate is given.
    /// </summary>
    public string? SslMode { get; init; }

    /// <summary>A PEM file of the certificate authorities to trust instead of the system's.</summary>
    public string? RootCertificate { get; init; }

    /// <summary>Seconds to wait for a connection; 15 by default.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Largest number of connections of the session's pool; 100 by default.</summary>
    public int? MaxPoolSize { get; init; }

    /// <summary>Shows where, never with what.</summary>
    public override string ToString() => Sandbox ?? HostName ?? (ConnectionString is null ? "nowhere" : "connection string");
}
