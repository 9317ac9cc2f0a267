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

    /// <summary>The options with every parameter that was given in place of theirs.</summary>
    private protected ConnectionOptions Over(ConnectionOptions options)
    {
        PSCredential? credential = Credential == PSCredential.Empty ? null : Credential;
        return options with
        {
            ConnectionString = ConnectionString ?? options.ConnectionString,
            Sandbox = Sandbox?.Text ?? options.Sandbox,
            HostName = HostName ?? options.HostName,
            Port = Port ?? options.Port,
            Database = Database ?? options.Database,
            Username = Username ?? credential?.UserName ?? options.Username,
            Secret = Token ?? credential?.Password ?? options.Secret,
            SslMode = SslMode ?? options.SslMode,
            RootCertificate = RootCertificate is null ? options.RootCertificate : GetUnresolvedProviderPathFromPSPath(RootCertificate),
            TimeoutSeconds = TimeoutSeconds ?? options.TimeoutSeconds,
            MaxPoolSize = MaxPoolSize ?? options.MaxPoolSize,
        };
    }
}
