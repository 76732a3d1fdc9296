// SQLite with owned handles and errors as exceptions. They stay inside this folder: state_file.h and store.cpp turn
// them into values.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace branchlight::state {

class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code_, const std::string& what) : std::runtime_error(what), code(code_) {}
  int code;
  bool damaged() const { return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB; }
};

// SQLite's integers have a sign.
inline std::int64_t to_signed(std::uint64_t number) { return static_cast<std::int64_t>(number); }

class Statement {
 public:
  Statement(sqlite3* database, const char* sql);

  Statement& bind(int index, std::int64_t value);
  Statement& bind_text(int index, std::string_view value);
  Statement& bind_blob(int index, std::string_view value);
  Statement& bind_null(int index);
  bool step();  // true: a row
  void run();   // to the end, and ready for the next binding
  void reset() { sqlite3_reset(handle_.get()); }

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string bytes(int column) const;
  bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  void check(int code) const;
};

class Database {
 public:
  Database(const std::string& uri, int flags);
  sqlite3* handle() const { return handle_.get(); }
  void execute(const char* sql);
  std::int64_t number(const char* sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// Rolls back unless committed. For writing it takes the lock at once: no upgrade can fail half-way. For reading it sees
// one snapshot, whatever others write.
class Transaction {
 public:
  enum class For { writing, reading };
  explicit Transaction(Database& database, For purpose = For::writing) : database_(database) {
    database_.execute(purpose == For::writing ? "BEGIN IMMEDIATE" : "BEGIN");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (!committed_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void commit() {
    database_.execute("COMMIT");
    committed_ = true;
  }

 private:
  Database& database_;
  bool committed_ = false;
};

}  // namespace branchlight::state
