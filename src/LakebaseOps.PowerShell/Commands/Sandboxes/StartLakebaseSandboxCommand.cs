using System.Collections;
using System.Globalization;
using System.Management.Automation;
using LakebaseOps.Sandboxes;

namespace LakebaseOps.Commands;

/// <summary>Start-LakebaseSandbox: a private PostgreSQL server on this machine.</summary>
[Cmdlet(VerbsLifecycle.Start, "LakebaseSandbox", SupportsShouldProcess = true)]
[OutputType(typeof(LakebaseSandbox))]
public sealed class StartLakebaseSandboxCommand : LakebaseCommand
{
    /// <summary>Name of the sandbox.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "default";

    /// <summary>Parent folder of sandboxes.</summary>
    [Parameter]
    public string? Path { get; set; }

    /// <summary>Folder of the server binaries.</summary>
    [Parameter]
    public string? BinPath { get; set; }

    /// <summary>Wanted major version.</summary>
    [Parameter]
    [ValidateRange(15, 99)]
    public int? Version { get; set; }

    /// <summary>TCP port; a free one when not given.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Remove everything when it stops.</summary>
    [Parameter]
    public SwitchParameter Ephemeral { get; set; }

    /// <summary>Server settings to start with.</summary>
    [Parameter]
    public Hashtable? Settings { get; set; }

    /// <inheritdoc />
    protected override void EndProcessing() => Run(
        new StartSandboxOperation(new StartSandboxOptions
        {
            Name = Name,
            Path = Path is null ? null : GetUnresolvedProviderPathFromPSPath(Path),
            BinPath = BinPath is null ? null : GetUnresolvedProviderPathFromPSPath(BinPath),
            Version = Version,
            Port = Port,
            Ephemeral = Ephemeral,
            Settings = Settings?.Cast<DictionaryEntry>().ToDictionary(
                entry => entry.Key.ToString()!, entry => Convert.ToString(entry.Value, CultureInfo.InvariantCulture) ?? "") ?? [],
        }),
        asks: true);
}
