using System.Collections.ObjectModel;

namespace System.Management.Automation
{
    public sealed class SessionState
    {
        public PathIntrinsics Path { get; } = new();

        public PSVariableIntrinsics PSVariable { get; } = new();
    }

    public sealed class PSVariableIntrinsics
    {
        private readonly Dictionary<string, object?> _values = new(StringComparer.OrdinalIgnoreCase);

        public object? GetValue(string name) => _values.GetValueOrDefault(name);

        public object? GetValue(string name, object? defaultValue) => _values.GetValueOrDefault(name, defaultValue);

        public void Set(string name, object? value) => _values[name] = value;
    }

    /// <summary>Paths as the file system provider resolves them.</summary>
    public sealed class PathIntrinsics
    {
        public PathInfo CurrentLocation => new(Environment.CurrentDirectory);

        public PathInfo CurrentFileSystemLocation => CurrentLocation;

        public string GetUnresolvedProviderPathFromPSPath(string path) => IO.Path.GetFullPath(path);

        public string GetUnresolvedProviderPathFromPSPath(string path, out ProviderInfo provider, out PSDriveInfo? drive)
        {
            (provider, drive) = (new ProviderInfo(), null);
            return IO.Path.GetFullPath(path);
        }

        public Collection<string> GetResolvedProviderPathFromPSPath(string path, out ProviderInfo provider)
        {
            provider = new ProviderInfo();
            string full = IO.Path.GetFullPath(path);
            if (!path.Contains('*', StringComparison.Ordinal) && !path.Contains('?', StringComparison.Ordinal))
            {
                return IO.Path.Exists(full)
                    ? [full]
                    : throw new ItemNotFoundException($"Cannot find path '{full}' because it does not exist.");
            }

            string folder = IO.Path.GetDirectoryName(full)!;
            return Directory.Exists(folder)
                ? [.. Directory.EnumerateFileSystemEntries(folder, IO.Path.GetFileName(full)).Order(StringComparer.Ordinal)]
                : [];
        }
    }

    public sealed class PathInfo
    {
        internal PathInfo(string path) => Path = path;

        public string Path { get; }

        public string ProviderPath => Path;

        public override string ToString() => Path;
    }

    public class ProviderInfo
    {
        internal ProviderInfo()
        {
        }

        public string Name => "FileSystem";
    }

    public class PSDriveInfo
    {
        internal PSDriveInfo()
        {
        }
    }
}

namespace System.Management.Automation.Host
{
    public abstract class PSHost;
}

namespace System.Management.Automation.Runspaces
{
    public enum RunspaceState { BeforeOpen, Opening, Opened, Closed, Closing, Broken, Disconnecting, Disconnected, Connecting }

    /// <summary>As in PowerShell, a thread has a runspace only when it was given one.</summary>
    public class Runspace
    {
        [ThreadStatic]
        private static Runspace? _default;

        internal Runspace()
        {
        }

        public event EventHandler<RunspaceStateEventArgs>? StateChanged;

        public static Runspace? DefaultRunspace
        {
            get => _default;
            set => _default = value;
        }

        internal void Close() => StateChanged?.Invoke(this, new RunspaceStateEventArgs(RunspaceState.Closed));
    }

    public sealed class RunspaceStateEventArgs : EventArgs
    {
        internal RunspaceStateEventArgs(RunspaceState state) => RunspaceStateInfo = new RunspaceStateInfo(state);

        public RunspaceStateInfo RunspaceStateInfo { get; }
    }

    public sealed class RunspaceStateInfo
    {
        internal RunspaceStateInfo(RunspaceState state) => State = state;

        public RunspaceState State { get; }
    }
}
