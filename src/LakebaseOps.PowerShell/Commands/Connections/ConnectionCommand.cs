using System.Management.Automation;
using System.Security;
using LakebaseOps.Completion;

namespace LakebaseOps.Commands;

/// <summary>Base of the cmdlets that take connection parameters.</summary>
public abstract class ConnectionCommand : LakebaseCommand
{
    /// <summary>Host name, address or socket folder.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Host")]
    [Alias("Host", "Server")]
    [ValidateNotNullOrEmpty]
    public string? HostName { get; set; }

    /// <summary>A whole connection string; the other parameters override its parts.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "ConnectionString")]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>A sandbox, its name or its folder.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Sandbox")]
    [ArgumentCompleter(typeof(SandboxCompleter))]
    public SandboxReference? Sandbox { get; set; }

    /// <summary>TCP port.</summary>
    [Parameter(ParameterSetName = "Host")]
    [Parameter(ParameterSetName = "ConnectionString")]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Database.</summary>
    [Parameter(Position = 1)]
    public string? Database { get; set; }

    /// <summary>Role name.</summary>
    [Parameter]
    public string? Username { get; set; }

    /// <summary>Role name and password.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Password or OAuth token of the role.</summary>
    [Parameter]
    public SecureString? Token { get; set; }

    /// <summary>How the connection is protected.</summary>
    [Parameter]
    [ValidateSet("Disable", "Prefer", "Require", "VerifyCA", "VerifyFull")]
    public string? SslMode { get; set; }

    /// <summary>A PEM file of the certificate authorities to trust.</summary>
    [Parameter]
    public string? RootCertificate { get; set; }

    /// <summary>Seconds to wait for a connection.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int? TimeoutSeconds { get; set; }

    /// <summary>Largest number of connections of the session.</summary>
    [Parameter]
    [ValidateRange(1, 10000)]
    public int? MaxPoolSize { get; set; }

    /// <summary>The parameters as connection options.</summary>
    private protected T Fill<T>(T options)
        where T : ConnectionOptions => options with
        {
            ConnectionString = ConnectionString,
            Sandbox = Sandbox?.Text,
            HostName = HostName,
            Port = Port,
            Database = Database,
            Username = Username ?? (Credential == PSCredential.Empty ? null : Credential?.UserName),
            Secret = Token ?? (Credential == PSCredential.Empty ? null : Credential?.Password),
            SslMode = SslMode,
            RootCertificate = RootCertificate is null ? null : GetUnresolvedProviderPathFromPSPath(RootCertificate),
            TimeoutSeconds = TimeoutSeconds,
            MaxPoolSize = MaxPoolSize,
        };
}
